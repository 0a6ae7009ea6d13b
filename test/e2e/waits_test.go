//go:build !soak

package e2e

// waits is how often each kind of wait is tried.
const waits = 5
