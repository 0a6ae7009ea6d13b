// Package failpoint ends the process on purpose, to show that work resumes from what was stored, or takes a mechanism
// out, to show what it is for. It does nothing in a program that was built without the tag failpoint.
package failpoint

// Name is a place in the program that can be made to fail.
type Name string
