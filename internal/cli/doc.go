// Package cli is kubectl weft. In: arguments and a kubeconfig. Out: text, an exit code, and at most an annotation on a
// Canary, except for uninstall.
//
// Commands read through the API server with the rights of their user and show what package view writes. What a person
// orders a Canary to do stands in an annotation, never in its spec, so Git stays the owner of the spec.
package cli
