// Package operator is the agent's one connection to the operator.
//
// In: where the operator is, which roots it may be trusted by, and the pod's token. Out: certificates, roots, requests to
// drain, and a connection that ADS shares. Roots and token are read from their files each time they are needed, so that
// a pod that slept through a rotation finds its way back. A lost connection is opened again for ever.
package operator
