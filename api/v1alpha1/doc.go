// Package v1alpha1 holds the first version of the API group weft.dev.
//
// The group has three kinds. Mesh is one mesh of a cluster: its identity, its mutual TLS and its defaults. Policy
// says who may call a workload. Canary says how a new version of a workload takes over a Service's traffic.
//
// A field that this release does not implement has the type Reserved: it is in the schema, so that it is refused with
// its name instead of being dropped. docs/adr/0001-api.md has the reasons and the complete YAML.
//
// +kubebuilder:object:generate=true
// +groupName=weft.dev
package v1alpha1
