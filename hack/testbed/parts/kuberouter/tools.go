//go:build tools

// Package kuberouter pins the NetworkPolicy engine of the test bed.
package kuberouter

import _ "github.com/cloudnativelabs/kube-router/cmd/kube-router"
