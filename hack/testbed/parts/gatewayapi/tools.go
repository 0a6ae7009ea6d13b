//go:build tools

// Package gatewayapi pins the Gateway API CRDs of the test bed.
package gatewayapi

import _ "sigs.k8s.io/gateway-api/apis/v1"
