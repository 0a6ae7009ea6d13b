package model

import (
	"cmp"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/internal/snapshot"
)

// index is a snapshot in order, limited to the joined namespaces, with pods found by label.
type index struct {
	snapshot.Snapshot
	joined  map[string]bool
	byLabel map[label][]*corev1.Pod
	byName  map[string][]*corev1.Pod // by namespace
	vips    []netip.Addr             // of all Services, in the mesh or not
	// byService are the EndpointSlices that somebody writes.
	byService map[Key][]*discovery.EndpointSlice
	places    map[string]Place // of nodes, by their names
}

type label struct{ namespace, key, value string }

func newIndex(s snapshot.Snapshot) *index {
	x := &index{
		joined:  joinedOf(s),
		byLabel: map[label][]*corev1.Pod{},
		byName:  map[string][]*corev1.Pod{},

		byService: map[Key][]*discovery.EndpointSlice{},
		places:    map[string]Place{},
	}
	x.Mesh, x.OperatorNamespace = s.Mesh, s.OperatorNamespace
	for _, list := range [][]*corev1.Service{s.Services, s.Others} {
		for _, service := range list {
			x.vips = append(x.vips, addresses(service)...)
		}
	}
	slices.SortFunc(x.vips, netip.Addr.Compare)
	x.vips = slices.Compact(x.vips)
	x.Observed = s.Observed
	x.Services = within(x, s.Services)
	x.Pods = slices.DeleteFunc(within(x, s.Pods), ended)
	x.Routes = within(x, s.Routes)
	x.GRPCRoutes = within(x, s.GRPCRoutes)
	x.Policies = ordered(s.Policies)
	x.Canaries = ordered(s.Canaries)
	for _, node := range s.Nodes {
		x.places[node.Name] = PlaceOf(node)
	}
	for _, slice := range within(x, s.Slices) {
		key := Key{slice.Namespace, slice.Labels[discovery.LabelServiceName]}
		x.byService[key] = append(x.byService[key], slice)
	}
	for _, pod := range x.Pods {
		x.byName[pod.Namespace] = append(x.byName[pod.Namespace], pod)
		for k, v := range pod.Labels {
			at := label{pod.Namespace, k, v}
			x.byLabel[at] = append(x.byLabel[at], pod)
		}
	}
	return x
}

// joinedOf are the namespaces of the mesh. The operator's own never joins.
func joinedOf(s snapshot.Snapshot) map[string]bool {
	out := map[string]bool{}
	for _, n := range s.Namespaces {
		out[n.Name] = n.Name != s.OperatorNamespace
	}
	return out
}

func (x *index) namespaces() []string {
	var out []string
	for name, is := range x.joined {
		if is {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// selected lists the pods of a namespace that have all of the labels, in order. No labels select all pods.
func (x *index) selected(namespace string, labels map[string]string) []*corev1.Pod {
	shortest := x.byName[namespace]
	for k, v := range labels {
		if with := x.byLabel[label{namespace, k, v}]; len(with) < len(shortest) {
			shortest = with
		}
	}
	var out []*corev1.Pod
	for _, pod := range shortest {
		if has(pod.Labels, labels) {
			out = append(out, pod)
		}
	}
	return out
}

// podsOf are the pods behind a Service, in order. An outside host has none.
func (x *index) podsOf(s *Service) []*corev1.Pod {
	if s.Outside {
		return nil
	}
	return x.selected(s.Namespace, s.Selector)
}

// has says whether labels has every entry of wanted.
func has(labels, wanted map[string]string) bool {
	for k, v := range wanted {
		if got, is := labels[k]; !is || got != v {
			return false
		}
	}
	return true
}

// ordered is a copy of a list in the order of namespace and name.
func ordered[T metav1.Object](list []T) []T {
	return slices.SortedFunc(slices.Values(list), func(a, b T) int { return compareKeys(keyOf(a), keyOf(b)) })
}

// within is an ordered copy of what is in joined namespaces.
func within[T metav1.Object](x *index, list []T) []T {
	return slices.DeleteFunc(ordered(list), func(o T) bool { return !x.joined[o.GetNamespace()] })
}

func keyOf(o metav1.Object) Key { return Key{o.GetNamespace(), o.GetName()} }

func compareKeys(a, b Key) int { return a.Compare(b) }

// older orders objects by age, then by namespace and name.
func older(a, b metav1.Object) int {
	x, y := a.GetCreationTimestamp(), b.GetCreationTimestamp()
	return cmp.Or(x.Time.Compare(y.Time), compareKeys(keyOf(a), keyOf(b)))
}
