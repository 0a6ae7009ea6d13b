// Package host looks at the machine that carries the test bed and leaves it as it was.
package host
