// Package snapshot is what the cluster says about one mesh at one moment.
//
// In: caches of the API server, by way of internal/observe. Out: read-only values for the model. Lists are sorted by
// namespace and name, so that equal clusters give equal snapshots.
package snapshot

import (
	corev1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gateway "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// Call says that a workload has called a Service.
type Call struct {
	Namespace, Workload string
	// ToNamespace and To name the Service.
	ToNamespace, To string
}

// Snapshot holds objects of the API server. They belong to caches: nothing may change them.
type Snapshot struct {
	Mesh *v1alpha1.Mesh
	// OperatorNamespace is where the control plane runs. It never joins a mesh.
	OperatorNamespace string
	// Namespaces that have joined the mesh, by label.
	Namespaces []*corev1.Namespace
	// Services, Pods, routes, Policies and Canaries of the joined namespaces.
	Services   []*corev1.Service
	Pods       []*corev1.Pod
	Routes     []*gateway.HTTPRoute
	GRPCRoutes []*gateway.GRPCRoute
	Policies   []*v1alpha1.Policy
	Canaries   []*v1alpha1.Canary
	// Slices are the EndpointSlices of the joined namespaces that Kubernetes does not make from pods.
	Slices []*discovery.EndpointSlice
	// Nodes of the cluster, with their labels alone. They are there only where a Service prefers what is near.
	Nodes []*metav1.PartialObjectMetadata
	// Others are the Services of namespaces that have not joined.
	Others []*corev1.Service
	// Observed are the calls that workloads are known to make.
	Observed []Call
	// Missing names kinds that the API server does not serve (yet).
	Missing []string
}
