// Package policy decides how one Policy moves through its two layers, so that what Envoy allows the NetworkPolicies let
// through at every moment.
//
// In: a Policy as it is stored, whether its NetworkPolicies are written, who has acknowledged it. Out: its next status,
// whether the finalizer may go, and events. The outputs of the operator follow the stored status, never the spec:
//
//   - Envoy: a workload that Status.Envoy selects refuses what no rule of any Policy allows. Nil adds nothing.
//   - Network: a workload is let through the rules of those entries of Status.Network.Accepts that select it. The
//     Policy isolates the workload when Isolates is set and every entry selects it. A new selector thus isolates what
//     it adds only when Envoy does so already.
//
// A Policy with limits changes nothing of either: it has Status.Limits instead, in the same steps. Status.Limits is what
// the proxies of callers hold to.
//
// Whoever is selected by Status.Envoy or by an entry of Accepts carries the stamp of the Policy, so that proxies which
// only have to forget it are waited for too.
//
// Each change, the first and the deletion too, has the same three steps. The network is widened to old and new rules
// (a deletion stops isolating). The proxies get the new rules and acknowledge them. The network is narrowed to them.
package policy
