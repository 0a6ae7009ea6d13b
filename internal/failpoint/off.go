//go:build !failpoint

package failpoint

// Pass does nothing.
func Pass(Name, string) {}

// Off is false.
func Off(Name) bool { return false }
