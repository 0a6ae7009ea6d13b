// Package image makes container images from files, without a container daemon or a registry.
//
// In: files of this machine, bytes, links, and the image's settings. Out: an image, and the tar that
// "ctr -n k8s.io images import" and "docker load" take. The same input gives the same bytes wherever and whenever it
// is built: entries are sorted, times are the Unix epoch, the owner is root, and the files' places on this machine do
// not show.
package image
