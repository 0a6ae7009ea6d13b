//go:build tools

// Package echo pins Istio's echo application, which the Gateway API conformance suite deploys.
package echo

import (
	_ "istio.io/istio/pkg/test/echo/cmd/client"
	_ "istio.io/istio/pkg/test/echo/cmd/server"
)
