// Package leader campaigns for a Lease of the API server, for as long as the process runs.
//
// In: a client and a function that leads. Out: that function runs while this replica holds the lease, with a context
// that ends when the lease is lost. Losing it ends only the leader's work; the process goes on and campaigns again.
package leader
