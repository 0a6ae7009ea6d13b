// Package netpol makes NetworkPolicies of who may call the workloads of a mesh.
//
// In: a model. Out: for each workload that its Network isolates one complete object for ingress; the first NetworkPolicy
// that selects a pod drops all else, so rules are never spread over several. Equal models, in whatever order, give equal
// objects, sorted by namespace and name.
//
// What is let through is never less than Network allows. An account whose name doesn't fit into a label can't be told
// from others of its namespace, so all of the namespace is let through. Empty lists mean everybody in a NetworkPolicy:
// a rule without peers is left out, and only a rule for all ports has no ports.
//
// The port of the agent gets no rule of its own. Kubelet's probes come from the node, which engines let through by
// convention; from elsewhere nobody needs it.
package netpol
