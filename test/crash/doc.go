// Package crash runs the operator against a real API server, without a cluster, and takes it away at the worst moments.
package crash
