// Package sbom lists what an image is made of, as an SPDX 2.3 document in JSON.
//
// In: the build information of a Go program and what is shipped beside it. Out: bytes, the same for the same input:
// the namespace is a hash of the content and the time is given.
//
// Field names follow the JSON schema of SPDX 2.3, package URLs the purl specification.
package sbom
