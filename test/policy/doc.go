// Package policy compares the NetworkPolicies of weft with what an independent reader makes of them: the matcher of
// cyclonus, a conformance suite for network plugins. It is a module of its own so that nothing of it gets into the
// product.
package policy
