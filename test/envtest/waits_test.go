//go:build !soak

package envtest

// waits is how often each kind of wait is tried.
const waits = 12
