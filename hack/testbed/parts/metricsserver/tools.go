//go:build tools

// Package metricsserver pins the server of CPU and memory figures of the test bed.
package metricsserver

import _ "sigs.k8s.io/metrics-server/cmd/metrics-server"
