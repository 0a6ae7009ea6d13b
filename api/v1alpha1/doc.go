// Package v1alpha1 holds the first version of the API group weft.dev.
//
// The group has three kinds. Mesh is one mesh of a cluster: its identity, its mutual TLS and its defaults. Policy
// says who may call a workload, what a workload may call, and within which limits. Canary says how a new version of a
// workload takes over a Service's traffic.
//
// The types are not here yet. They come with decision 0001 in docs/adr, because a published field or default can
// never be taken back.
package v1alpha1
