// Package version tells which build a program is. All programs of weft share it.
//
// In: the build information that the Go toolchain puts into every binary. Out: one line of text, or JSON.
package version
