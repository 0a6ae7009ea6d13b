// Package envtest shows what the API server makes of our objects and those that we build on. It starts an API server
// and etcd of its own; KUBEBUILDER_ASSETS names their directory: eval "$(bin/testbed env --assets)".
package envtest
