// Package relay carries delta ADS between one Envoy and the operator, and remembers what Envoy took.
//
// In: what Envoy and the operator said, and when their streams began and ended. Out: messages for either side.
// Resources stay opaque bytes: only the envelope of discovery is read.
//
//   - While the operator is away, Envoy's stream stays open, and a new Envoy gets all that the last one acknowledged.
//   - A new stream to the operator begins, for each type, with one request that names what Envoy has acknowledged, so
//     that only differences come.
//   - An acknowledgement reaches the operator only if that operator's stream sent what is acknowledged, and a resource
//     is said to be held only when the present Envoy has acknowledged it.
//
// A Relay is a value of one goroutine: it has no lock, clock or connection. Package agent gives it those.
package relay
