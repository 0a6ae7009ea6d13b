package model_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"
	gateway "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
)

var frontKey = model.Key{Namespace: "shop", Name: "front"}

// The user's weights times the shares of the Canaries, as integers: nothing is rounded, and nothing overflows [D10 D13].
func TestUserWeightsTimesCanaryShares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, shares := modeltest.Shares(t)
		m := model.Build(s)
		var want []model.Destination
		var asked uint64
		for _, share := range shares {
			asked += uint64(share.Weight)
			at := model.Destination{Service: model.Key{Namespace: "shop", Name: share.Service}, Port: 80, Weight: share.Weight * 100}
			switch {
			case !share.Exists:
				want = append(want, model.Destination{Weight: share.Weight * 100})
			case share.Divided:
				at.Subset, at.Weight = "version=v1", share.Weight*(100-share.Canary)
				want = append(want, at)
				at.Subset, at.Weight = "version=v2", share.Weight*share.Canary
				want = append(want, at)
			default:
				want = append(want, at)
			}
		}
		front, _ := m.Service(frontKey)
		got := m.Destinations(front.Ports[0].Routes[0])
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("destinations (-want +got):\n%s", diff)
		}
		var sum uint64
		for _, d := range got {
			sum += uint64(d.Weight)
		}
		if sum != 100*asked || sum > math.MaxUint32 {
			t.Fatalf("the shares sum to %d, want 100 times %d, and no more than 32 bits hold", sum, asked)
		}
	})
}

// Weights that the CRD lets nobody store are refused as a whole: a smaller number would be another division.
func TestWeightsThatCantBeDivided(t *testing.T) {
	for name, c := range map[string]struct {
		weights []int32
		refused bool
	}{
		"the largest of Gateway API": {[]int32{1_000_000, 1_000_000}, false},
		"the largest sum":            {[]int32{42_949_671, 1}, false},
		"more than 32 bits hold":     {[]int32{42_949_672, 1}, true},
		"far more":                   {[]int32{math.MaxInt32, math.MaxInt32, math.MaxInt32}, true},
		"negative":                   {[]int32{3, -1}, true},
		"none":                       {[]int32{0, 0}, false},
	} {
		s := twoBackends("front", "front")
		for i, weight := range c.weights {
			ref := s.Routes[0].Spec.Rules[0].BackendRefs[0]
			ref.Weight = &weight
			s.Routes[0].Spec.Rules[0].BackendRefs = append(s.Routes[0].Spec.Rules[0].BackendRefs[:i:i], ref)
		}
		m := model.Build(s)
		front, _ := m.Service(frontKey)
		route := front.Ports[0].Routes[0]
		if route.Broken != c.refused || (len(m.Destinations(route)) == 0) != c.refused {
			t.Errorf("%s: refused %v, destinations %v", name, route.Broken, m.Destinations(route))
		}
		var want []model.Finding
		if c.refused {
			want = []model.Finding{{Kind: "HTTPRoute", Namespace: "shop", Name: "front", Reason: model.ReasonUnsupported, Field: "spec.rules[0].backendRefs"}}
		}
		if diff := cmp.Diff(want, withoutMessages(m.Findings)); diff != "" {
			t.Errorf("%s: findings (-want +got):\n%s", name, diff)
		}
	}
}

// A backend that can't be served is told with its field and reason. Its share stays, and is answered with 500.
func TestBackendsThatCantBeServed(t *testing.T) {
	group, kind, other := gateway.Group("example.com"), gateway.Kind("Bucket"), gateway.Namespace("bank")
	for name, c := range map[string]struct {
		change func(*gateway.HTTPBackendRef)
		reason string
	}{
		"a Service":                        {func(*gateway.HTTPBackendRef) {}, ""},
		"no such Service":                  {func(r *gateway.HTTPBackendRef) { r.Name = "gone" }, model.ReasonBackendNotFound},
		"no such port":                     {func(r *gateway.HTTPBackendRef) { *r.Port = 81 }, model.ReasonBackendNotFound},
		"no port":                          {func(r *gateway.HTTPBackendRef) { r.Port = nil }, model.ReasonBackendNotFound},
		"no number of a port":              {func(r *gateway.HTTPBackendRef) { *r.Port = 65616 }, model.ReasonBackendNotFound},
		"a namespace that did not grant":   {func(r *gateway.HTTPBackendRef) { r.Namespace = &other }, model.ReasonRefNotPermitted},
		"another kind":                     {func(r *gateway.HTTPBackendRef) { r.Kind = &kind }, model.ReasonBackendKind},
		"a Service of another group":       {func(r *gateway.HTTPBackendRef) { r.Group = &group }, model.ReasonBackendKind},
		"a share with filters of its own":  {func(r *gateway.HTTPBackendRef) { r.Filters = make([]gateway.HTTPRouteFilter, 1) }, model.ReasonUnsupported},
		"the same namespace, written down": {func(r *gateway.HTTPBackendRef) { own := gateway.Namespace("shop"); r.Namespace = &own }, ""},
	} {
		s := twoBackends("front", "cart")
		c.change(&s.Routes[0].Spec.Rules[0].BackendRefs[1])
		m := model.Build(s)
		front, _ := m.Service(frontKey)
		route, want := front.Ports[0].Routes[0], []model.Backend{{Service: frontKey, Port: 80, Weight: 1}, {Weight: 3}}
		var findings []model.Finding
		if c.reason == "" {
			want[1] = model.Backend{Service: model.Key{Namespace: "shop", Name: "cart"}, Port: 80, Weight: 3}
		} else {
			findings = []model.Finding{{Kind: "HTTPRoute", Namespace: "shop", Name: "front", Reason: c.reason, Field: "spec.rules[0].backendRefs[1]"}}
		}
		if diff := cmp.Diff(want, route.Backends); diff != "" || route.Broken {
			t.Errorf("%s: broken %v, backends (-want +got):\n%s", name, route.Broken, diff)
		}
		if diff := cmp.Diff(findings, withoutMessages(m.Findings)); diff != "" {
			t.Errorf("%s: findings (-want +got):\n%s", name, diff)
		}
	}
}

// twoBackends has a Service front whose HTTPRoute gives one quarter to the first Service and three to the other. A Service
// cart exists in both namespaces.
func twoBackends(first, second string) snapshot.Snapshot {
	s := snapshot.Snapshot{Services: []*corev1.Service{modeltest.WebService("shop", "front", 1), modeltest.WebService("shop", "cart", 2), modeltest.WebService("bank", "cart", 3)}}
	for _, name := range []string{"shop", "bank"} {
		s.Namespaces = append(s.Namespaces, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
	}
	s.Routes = []*gateway.HTTPRoute{modeltest.WeightedRoute(modeltest.Share{Service: first, Weight: 1}, modeltest.Share{Service: second, Weight: 3})}
	return s
}

func withoutMessages(findings []model.Finding) (out []model.Finding) {
	for _, f := range findings {
		f.Message = ""
		out = append(out, f)
	}
	return out
}
