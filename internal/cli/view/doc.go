// Package view writes what kubectl weft shows. In: objects as they were read, and now. Out: text for a terminal.
//
// It decides one thing: which conditions are a problem, and so whether a mesh is healthy.
package view
