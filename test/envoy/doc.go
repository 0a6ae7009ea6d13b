// Package envoy checks what weft makes against a real Envoy, whose path is in the environment variable ENVOY.
package envoy
