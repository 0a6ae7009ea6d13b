// Package order shows with a real Envoy under load what the order of weft's xDS server is for. In order, no request is
// lost when clusters and the routes to them change. With the failpoint order:off, requests are.
package order
