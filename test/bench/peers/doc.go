// Command peers measures weft beside Istio. `make bench-peers` runs it; docs/benchmarks-peers.md is what it found.
//
// It starts the control planes (weft, istio) and their clients (clients) as programs of their own and tells them what to do,
// a line each (talk). All serve the same mesh (town). The module is not among those that `make check` looks at: it needs
// all of Istio, which takes minutes to build and to vet. `make bench-peers` vets it itself.
package main
