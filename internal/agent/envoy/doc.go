// Package envoy starts, restarts, watches and drains the Envoy of this pod.
//
// In: a bootstrap file. Out: a running process and the answers of its admin interface. Envoy's output is passed on.
package envoy
