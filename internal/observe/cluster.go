// Package observe is the edge in: it turns the caches of the API server into snapshots.
//
// A kind that the API server does not serve is left out and named; it is taken up when it arrives.
package observe

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gateway "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/snapshot"
)

// Cluster reads what concerns one mesh.
type Cluster struct {
	// Reader is a cache: it answers from memory.
	Reader client.Reader
	// Mesh is the name of the Mesh.
	Mesh string
	// Namespace is where the operator runs.
	Namespace string
	// HTTPRoutes and GRPCRoutes tell whether these kinds are served.
	HTTPRoutes, GRPCRoutes *Optional
}

// Snapshot reads the mesh as the caches have it. It is false when there is no such Mesh. The objects belong to the
// caches.
func (c Cluster) Snapshot(ctx context.Context) (snapshot.Snapshot, bool, error) {
	s := snapshot.Snapshot{OperatorNamespace: c.Namespace}
	mesh := &v1alpha1.Mesh{}
	if err := c.Reader.Get(ctx, client.ObjectKey{Name: c.Mesh}, mesh); err != nil {
		return s, false, client.IgnoreNotFound(err)
	}
	s.Mesh = mesh

	var namespaces corev1.NamespaceList
	if err := c.list(ctx, &namespaces, client.MatchingLabels{v1alpha1.LabelMesh: c.Mesh}); err != nil {
		return s, false, err
	}
	s.Namespaces = pointers(namespaces.Items, func(n *corev1.Namespace) bool { return n.Name != c.Namespace })
	joined := map[string]bool{}
	for _, n := range s.Namespaces {
		joined[n.Name] = true
	}

	var services corev1.ServiceList
	var pods corev1.PodList
	var policies v1alpha1.PolicyList
	var canaries v1alpha1.CanaryList
	var endpoints discovery.EndpointSliceList
	for _, list := range []client.ObjectList{&services, &pods, &policies, &canaries, &endpoints} {
		if err := c.list(ctx, list); err != nil {
			return s, false, err
		}
	}
	s.Services = pointers(services.Items, func(o *corev1.Service) bool { return joined[o.Namespace] })
	s.Others = pointers(services.Items, func(o *corev1.Service) bool { return !joined[o.Namespace] })
	s.Pods = pointers(pods.Items, func(o *corev1.Pod) bool { return joined[o.Namespace] })
	s.Policies = pointers(policies.Items, func(o *v1alpha1.Policy) bool { return joined[o.Namespace] })
	s.Canaries = pointers(canaries.Items, func(o *v1alpha1.Canary) bool { return joined[o.Namespace] })
	s.Slices = pointers(endpoints.Items, func(o *discovery.EndpointSlice) bool { return joined[o.Namespace] && !fromPods(o) })

	books, err := c.Books(ctx)
	if err != nil {
		return s, false, err
	}
	s.Observed = observed(books, joined)

	var routes gateway.HTTPRouteList
	var calls gateway.GRPCRouteList
	for _, optional := range []struct {
		*Optional
		list client.ObjectList
	}{{c.HTTPRoutes, &routes}, {c.GRPCRoutes, &calls}} {
		served, err := optional.Served(ctx)
		if err != nil {
			return s, false, err
		}
		if !served {
			s.Missing = append(s.Missing, optional.kind.Kind)
		} else if err := c.list(ctx, optional.list); err != nil {
			return s, false, err
		}
	}
	s.Routes = pointers(routes.Items, func(o *gateway.HTTPRoute) bool { return joined[o.Namespace] })
	s.GRPCRoutes = pointers(calls.Items, func(o *gateway.GRPCRoute) bool { return joined[o.Namespace] })
	return s, true, nil
}

// FromPods is the value of the label discovery.LabelManagedBy on EndpointSlices that Kubernetes makes from pods. Pods tell
// more than these do, so they are not read.
const FromPods = "endpointslice-controller.k8s.io"

func fromPods(s *discovery.EndpointSlice) bool { return s.Labels[discovery.LabelManagedBy] == FromPods }

// Slices reads the EndpointSlices of one namespace, or all if it is "", that Kubernetes does not make from pods. They
// belong to the cache.
func (c Cluster) Slices(ctx context.Context, namespace string) ([]*discovery.EndpointSlice, error) {
	var all discovery.EndpointSliceList
	if err := c.list(ctx, &all, client.InNamespace(namespace)); err != nil {
		return nil, err
	}
	return pointers(all.Items, func(s *discovery.EndpointSlice) bool { return !fromPods(s) }), nil
}

// Nodes reads the labels of all nodes. They belong to the cache.
func (c Cluster) Nodes(ctx context.Context) ([]*metav1.PartialObjectMetadata, error) {
	nodes := &metav1.PartialObjectMetadataList{}
	nodes.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("NodeList"))
	if err := c.list(ctx, nodes); err != nil {
		return nil, err
	}
	return pointers(nodes.Items, func(*metav1.PartialObjectMetadata) bool { return true }), nil
}

// Pods reads those of one namespace, or all if it is "". They belong to the cache.
func (c Cluster) Pods(ctx context.Context, namespace string) ([]*corev1.Pod, error) {
	var pods corev1.PodList
	if err := c.list(ctx, &pods, client.InNamespace(namespace)); err != nil {
		return nil, err
	}
	return pointers(pods.Items, func(*corev1.Pod) bool { return true }), nil
}

func (c Cluster) list(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	if err := c.Reader.List(ctx, list, append(options, client.UnsafeDisableDeepCopy)...); err != nil {
		if meta.IsNoMatchError(err) {
			return fmt.Errorf("list %T: the API server does not serve it; install the CRDs: %w", list, err)
		}
		return fmt.Errorf("list %T: %w", list, err)
	}
	return nil
}

// pointers keeps some of the items, sorted by namespace and name.
func pointers[T any, P interface {
	*T
	client.Object
}](items []T, keep func(P) bool) []P {
	var out []P
	for i := range items {
		if p := P(&items[i]); keep(p) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b P) int {
		return cmp.Or(cmp.Compare(a.GetNamespace(), b.GetNamespace()), cmp.Compare(a.GetName(), b.GetName()))
	})
	return out
}
