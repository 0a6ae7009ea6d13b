//go:build tools

// Package flagger pins Flagger, which the test bed runs beside weft.
package flagger

import _ "github.com/fluxcd/flagger/cmd/flagger"
