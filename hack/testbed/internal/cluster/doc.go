// Package cluster starts a Kubernetes cluster on the nodes of the test bed.
//
// What a component is told is computed by pure functions (component.go, config.go, kubeconfig.go); up.go starts the
// components in the one order that works and waits for each; down.go ends all of it.
package cluster
