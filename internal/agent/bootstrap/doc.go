// Package bootstrap writes the configuration that Envoy starts with: who it is, and the agent's socket, from which all
// else comes.
//
// In: the pod's names and the socket's path. Out: JSON, the same bytes for the same input.
package bootstrap
