package modeltest

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/snapshot"
)

var (
	namespaces = []string{"shop", "bank", "outside"}
	names      = []string{"a", "b", "c"}
	versions   = []string{"v1", "v2", "v3"}
)

// Random draws a small cluster in which many things meet, and many are wrong.
func Random(t *rapid.T) snapshot.Snapshot {
	s := snapshot.Snapshot{
		OperatorNamespace: "weft-system",
		Mesh:              &v1alpha1.Mesh{ObjectMeta: metav1.ObjectMeta{Name: "main", UID: "mesh", Generation: 1}},
		Namespaces:        []*corev1.Namespace{{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}, {ObjectMeta: metav1.ObjectMeta{Name: "bank"}}},
	}
	if rapid.Bool().Draw(t, "mesh limits") {
		l := limits(t)
		s.Mesh.Spec.Traffic = &v1alpha1.Traffic{Limits: &l}
	}
	if rapid.Bool().Draw(t, "issuers") {
		s.Mesh.Spec.JWTIssuers = Trusting("corp", "https://corp.example").Spec.JWTIssuers
	}
	s.Nodes = many(t, 0, 4, func(i int) *metav1.PartialObjectMetadata { return node(t, i) })
	for n, namespace := range namespaces {
		for i, name := range names {
			if rapid.Float64Range(0, 1).Draw(t, "service") < 0.8 {
				s.Services = append(s.Services, service(t, namespace, name, 10*n+i))
			}
			s.Canaries = append(s.Canaries, many(t, 0, 1, func(i int) *v1alpha1.Canary { return canary(t, meta(t, namespace, name, i)) })...)
			s.Policies = append(s.Policies, many(t, 0, 2, func(i int) *v1alpha1.Policy { return policy(t, meta(t, namespace, name, i)) })...)
			s.Routes = append(s.Routes, many(t, 0, 1, func(i int) *Route { return route(t, meta(t, namespace, name, i)) })...)
			s.GRPCRoutes = append(s.GRPCRoutes, many(t, 0, 1, func(i int) *GRPCRoute { return grpcRoute(t, meta(t, namespace, name, i)) })...)
			s.Pods = append(s.Pods, many(t, 0, 3, func(i int) *corev1.Pod { return pod(t, namespace, fmt.Sprintf("%s-%d", name, i), len(s.Pods)*4+i) })...)
			s.Slices = append(s.Slices, many(t, 0, 1, func(i int) *discovery.EndpointSlice { return slice(t, meta(t, namespace, name, i)) })...)
			s.Observed = append(s.Observed, many(t, 0, 2, func(int) snapshot.Call { return call(t, namespace, name) })...)
		}
	}
	return s
}

func node(t *rapid.T, i int) *metav1.PartialObjectMetadata {
	out := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("node-%d", i), Labels: map[string]string{}}}
	for _, name := range []string{corev1.LabelTopologyRegion, corev1.LabelTopologyZone} {
		if value := rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "node label"); value != "" {
			out.Labels[name] = value
		}
	}
	return out
}

// slice is what somebody may write for a Service, with a selector or without.
func slice(t *rapid.T, m metav1.ObjectMeta) *discovery.EndpointSlice {
	m.Labels = map[string]string{discovery.LabelServiceName: rapid.SampledFrom(names).Draw(t, "slice of")}
	s := &discovery.EndpointSlice{ObjectMeta: m, AddressType: discovery.AddressTypeIPv4}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"http", "tcp", ""}), 0, 3, rapid.ID[string]).Draw(t, "slice ports") {
		number := rapid.SampledFrom([]int32{0, 443, 70000}).Draw(t, "slice port")
		s.Ports = append(s.Ports, discovery.EndpointPort{Name: &name, Port: &number})
	}
	for range rapid.IntRange(0, 2).Draw(t, "slice endpoints") {
		ready := rapid.Bool().Draw(t, "slice ready")
		s.Endpoints = append(s.Endpoints, discovery.Endpoint{
			Addresses:  []string{rapid.SampledFrom([]string{"192.0.2.1", "192.0.2.2", "example.org", "2001:db8::1"}).Draw(t, "slice address")},
			Conditions: discovery.EndpointConditions{Ready: &ready},
		})
	}
	return s
}

func call(t *rapid.T, namespace, name string) snapshot.Call {
	workload := rapid.SampledFrom([]string{name, name + "@a", name + "@default"}).Draw(t, "caller")
	return snapshot.Call{
		Namespace: namespace, Workload: workload,
		ToNamespace: rapid.SampledFrom(namespaces).Draw(t, "called in"), To: rapid.SampledFrom(names).Draw(t, "called"),
	}
}

// Shuffled is a copy of a snapshot with every list in another order.
func Shuffled(t *rapid.T, s snapshot.Snapshot) snapshot.Snapshot {
	s.Namespaces = shuffled(t, s.Namespaces)
	s.Services = shuffled(t, s.Services)
	s.Pods = shuffled(t, s.Pods)
	s.Routes = shuffled(t, s.Routes)
	s.GRPCRoutes = shuffled(t, s.GRPCRoutes)
	s.Policies = shuffled(t, s.Policies)
	s.Canaries = shuffled(t, s.Canaries)
	s.Slices = shuffled(t, s.Slices)
	s.Nodes = shuffled(t, s.Nodes)
	s.Observed = shuffled(t, s.Observed)
	return s
}

func shuffled[T any](t *rapid.T, list []T) []T {
	if len(list) == 0 {
		return list
	}
	return rapid.Permutation(list).Draw(t, "order")
}

func many[T any](t *rapid.T, least, most int, one func(i int) T) []T {
	var out []T
	for i := range rapid.IntRange(least, most).Draw(t, "number") {
		out = append(out, one(i))
	}
	return out
}

func meta(t *rapid.T, namespace, name string, i int) metav1.ObjectMeta {
	name = fmt.Sprintf("%s-%d", name, i)
	return metav1.ObjectMeta{
		Namespace: namespace, Name: name, UID: types.UID(namespace + "/" + name), Generation: rapid.Int64Range(1, 3).Draw(t, "generation"),
		CreationTimestamp: metav1.NewTime(time.Unix(rapid.Int64Range(0, 2).Draw(t, "created"), 0)),
	}
}

// Address is the one of a Service in a random cluster, if there is such a Service. The number is from 1 to 23.
func Address(number int) netip.Addr { return netip.AddrFrom4([4]byte{10, 96, 0, byte(number)}) }

func service(t *rapid.T, namespace, name string, number int) *corev1.Service {
	out := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, UID: types.UID("service " + namespace + name)}}
	address := Address(number + 1).String()
	out.Spec.ClusterIP = rapid.SampledFrom([]string{address, address, "None"}).Draw(t, "ip")
	out.Spec.Selector = labels(t, "selector")
	if wish := rapid.SampledFrom([]string{"", "", "PreferClose", "PreferSameZone", "PreferSameNode", "PreferMine"}).Draw(t, "distribution"); wish != "" {
		out.Spec.TrafficDistribution = &wish
	}
	if header := rapid.SampledFrom([]string{"", "", "X-User", "no header"}).Draw(t, "sticky"); header != "" {
		out.Annotations = map[string]string{v1alpha1.AnnotationStickyHeader: header}
	}
	words := []string{"http", "grpc-api", "tcp", "x", "mysql"}
	ports := rapid.SliceOfNDistinct(rapid.SampledFrom([]int32{80, 8080, 9000}), 1, 3, rapid.ID[int32]).Draw(t, "ports")
	for _, number := range ports {
		port := corev1.ServicePort{Port: number, Name: rapid.SampledFrom(words).Draw(t, "port"), TargetPort: intstr.FromInt32(number)}
		if rapid.Bool().Draw(t, "named") {
			port.TargetPort = intstr.FromString("main")
		}
		out.Spec.Ports = append(out.Spec.Ports, port)
	}
	return out
}

// labels are few, so that selectors often meet pods.
func labels(t *rapid.T, what string) map[string]string {
	out := map[string]string{}
	if rapid.Bool().Draw(t, what+" app") {
		out["app"] = rapid.SampledFrom(names).Draw(t, "app")
	}
	if rapid.Bool().Draw(t, what+" version") {
		out["version"] = rapid.SampledFrom(versions).Draw(t, "version")
	}
	return out
}

func pod(t *rapid.T, namespace, name string, number int) *corev1.Pod {
	l := labels(t, "pod")
	l["pod-template-hash"] = rapid.SampledFrom([]string{"r1", "r2"}).Draw(t, "revision")
	l[v1alpha1.LabelWorkload] = rapid.SampledFrom(names).Draw(t, "workload")
	out := Pod(namespace, name, l, number)
	out.Spec.NodeName = rapid.SampledFrom([]string{"node-0", "node-1", "node-2", "node-3", ""}).Draw(t, "node")
	out.Spec.ServiceAccountName = rapid.SampledFrom(append(slices.Clone(names), "")).Draw(t, "account")
	out.Spec.Containers = []corev1.Container{{Name: "app", Ports: []corev1.ContainerPort{{Name: "main", ContainerPort: rapid.SampledFrom([]int32{80, 8081}).Draw(t, "main")}}}}
	switch rapid.IntRange(0, 9).Draw(t, "state") {
	case 0:
		out.Spec.InitContainers = nil
	case 1:
		out.Status.Conditions = nil
	case 2:
		now := metav1.NewTime(time.Unix(1, 0))
		out.DeletionTimestamp = &now
	case 3:
		out.Status.Phase = corev1.PodSucceeded
	case 4:
		out.Spec.InitContainers[0].Args = []string{"redirect"}
	}
	return out
}
