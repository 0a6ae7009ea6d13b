// Package image makes the container images that the test bed knows by name and loads them into its nodes.
// An image is a tar in the cache; no registry is asked for anything.
package image
