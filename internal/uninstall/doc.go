// Package uninstall returns a cluster to what it was without weft, also when the operator is gone already.
//
// In: what is found by label or fixed name. Out: steps in an order that is safe to stop after each of them: first what
// could block a pod, last what names the install. Plan and Wave are functions of values; Find, Run and the pods' replacement
// are the edges. Every step looks anew, so a run that was interrupted is taken up by the next.
//
// Caught here: finalizers that nobody would take off any more, objects that the operator made while it was being
// stopped, and evictions that a PodDisruptionBudget refuses for now.
package uninstall
