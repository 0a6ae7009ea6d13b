package modeltest

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"
	gateway "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/snapshot"
)

// Share is what the one rule of an HTTPRoute gives to a Service.
type Share struct {
	Service string
	Weight  uint32
	Exists  bool
	Divided bool   // by a Canary between version=v1 and version=v2
	Canary  uint32 // share of the new version, in percent
}

// Shares draws a Service shop/front with an HTTPRoute of one rule. Its weights are as large as Gateway API lets them be,
// or 0. It leads to some Services more than once, and to some that do not exist.
func Shares(t *rapid.T) (snapshot.Snapshot, []Share) {
	s := snapshot.Snapshot{
		Namespaces: []*corev1.Namespace{{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}},
		Services:   []*corev1.Service{WebService("shop", "front", 1)},
	}
	known := map[string]Share{"gone": {Service: "gone"}}
	for i, name := range names {
		at := Share{Service: name, Exists: true, Divided: rapid.Bool().Draw(t, "divided")}
		s.Services = append(s.Services, WebService("shop", name, i+2))
		if at.Divided {
			at.Canary = rapid.Uint32Range(0, 100).Draw(t, "percent")
			s.Canaries = append(s.Canaries, CanaryAt(name, int32(at.Canary)))
		}
		known[name] = at
	}
	var shares []Share
	for range rapid.IntRange(1, 16).Draw(t, "backends") {
		share := known[rapid.SampledFrom([]string{"a", "b", "c", "gone"}).Draw(t, "backend")]
		share.Weight = rapid.OneOf(rapid.Just(uint32(0)), rapid.Uint32Range(0, 100), rapid.Uint32Range(0, 1_000_000)).Draw(t, "weight")
		shares = append(shares, share)
	}
	s.Routes = []*gateway.HTTPRoute{WeightedRoute(shares...)}
	return s, shares
}

// WeightedRoute is an HTTPRoute of shop/front that divides all requests.
func WeightedRoute(shares ...Share) *gateway.HTTPRoute {
	out := &gateway.HTTPRoute{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "front", UID: "route", Generation: 1}}
	out.Spec.ParentRefs = ofFront()
	var rule gateway.HTTPRouteRule
	for _, share := range shares {
		rule.BackendRefs = append(rule.BackendRefs, gateway.HTTPBackendRef{BackendRef: share.at(80)})
	}
	out.Spec.Rules = []gateway.HTTPRouteRule{rule}
	return out
}

// CallRoute is a GRPCRoute of shop/front that divides the calls which it matches between the ports 81 of Services.
func CallRoute(name string, matches []gateway.GRPCRouteMatch, shares ...Share) *gateway.GRPCRoute {
	out := &gateway.GRPCRoute{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: types.UID("calls " + name), Generation: 1}}
	out.Spec.ParentRefs = ofFront()
	rule := gateway.GRPCRouteRule{Matches: matches}
	for _, share := range shares {
		rule.BackendRefs = append(rule.BackendRefs, gateway.GRPCBackendRef{BackendRef: share.at(81)})
	}
	out.Spec.Rules = []gateway.GRPCRouteRule{rule}
	return out
}

func ofFront() []gateway.ParentReference {
	core, kind := gateway.Group(""), gateway.Kind("Service")
	return []gateway.ParentReference{{Group: &core, Kind: &kind, Name: "front"}}
}

func (s Share) at(port gateway.PortNumber) (ref gateway.BackendRef) {
	weight := int32(s.Weight)
	ref.Name, ref.Port, ref.Weight = gateway.ObjectName(s.Service), &port, &weight
	return ref
}

// CanaryAt divides a Service of shop between version=v1 and version=v2. It is in its course, at a weight in percent.
func CanaryAt(service string, weight int32) *v1alpha1.Canary {
	version := func(v string) v1alpha1.PodSelector {
		return v1alpha1.PodSelector{MatchLabels: map[string]string{"version": v}}
	}
	return &v1alpha1.Canary{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: service, UID: types.UID("canary of " + service)},
		Spec: v1alpha1.CanarySpec{
			Service:   v1alpha1.ServiceReference{Name: service},
			Workloads: &v1alpha1.CanaryWorkloads{Stable: version("v1"), Canary: version("v2")},
			Steps:     []v1alpha1.CanaryStep{{Weight: 5}},
		},
		Status: v1alpha1.CanaryStatus{
			Phase:    v1alpha1.CanaryProgressing,
			Run:      &v1alpha1.CanaryRun{Stable: version("v1"), Canary: version("v2")},
			Weight:   &v1alpha1.CanaryWeight{Desired: weight},
			Position: &v1alpha1.Position{Sequence: 1},
		},
	}
}

// WebService has the HTTP port 80, and the pods with its name as the label app. Its address follows from number.
func WebService(namespace, name string, number int) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: corev1.ServiceSpec{
			ClusterIP: fmt.Sprintf("10.96.1.%d", number), Selector: map[string]string{"app": name},
			Ports: []corev1.ServicePort{{Name: "http", Port: 80}},
		},
	}
}
