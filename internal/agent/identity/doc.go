// Package identity makes a workload's key, and judges and dates its certificates.
//
// In: a chain from the operator's CA. Out: an Identity that may be served, or the reason why not. Envoy acknowledges an
// expired certificate, and after a bad one it refuses the next good roots too, so nothing is served unchecked. The key
// is only in memory and is never printed.
package identity
