// Package e2e shows the product's promises on a running cluster. Results are read from outside the component under
// test: the answer at the client, Envoy's statistics, the state that the API server reports.
//
// The suite needs a test bed of two nodes with its add-ons: `make testbed-up`, then `make e2e`.
package e2e
