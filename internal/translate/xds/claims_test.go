package xds_test

import (
	"testing"

	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// Tokens are verified for the requests of a route that a claim divides, and of no other: but for these routes and the keys, all
// resources are the same with an issuer, with a Canary that asks for its claims, and without.
func TestClaimsCostNobodyElse(t *testing.T) {
	s := snapshot.Snapshot{
		Mesh:       &v1alpha1.Mesh{ObjectMeta: metav1.ObjectMeta{Name: "main", UID: "mesh"}},
		Namespaces: []*corev1.Namespace{{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}},
		Services:   []*corev1.Service{modeltest.WebService("shop", "front", 1), modeltest.WebService("shop", "cart", 2)},
		Pods:       []*corev1.Pod{modeltest.Pod("shop", "caller", map[string]string{v1alpha1.LabelWorkload: "caller"}, 1)},
		Canaries:   []*v1alpha1.Canary{modeltest.CanaryAt("front", 10)},
	}
	built := func() *xds.Set {
		for _, set := range xds.Build(model.Build(s)) {
			return set
		}
		t.Fatal("no set")
		return nil
	}
	before := built()
	s.Mesh = modeltest.Trusting("corp", "https://corp.example")
	s.Canaries[0].Status.Run.Match = []v1alpha1.RequestMatch{{Claims: []v1alpha1.ClaimMatch{{Issuer: "corp", Name: "sub", Exact: "ada"}}}}
	after := built()
	own, keys := xds.ID{TypeURL: xds.RouteType, Name: "shop/front/80"}, xds.ID{TypeURL: xds.FilterType, Name: "claims"}
	for id, r := range before.All() {
		now := after.Resource(id)
		if changed := now == nil || now.Version != r.Version; changed != (id == own || id == keys) {
			t.Errorf("%s has changed: %v", id, changed)
		}
	}
	config := &route.RouteConfiguration{}
	if err := after.Resource(own).Body.UnmarshalTo(config); err != nil {
		t.Fatal(err)
	}
	routes := config.VirtualHosts[0].Routes
	if len(routes) != 2 || len(routes[0].Match.DynamicMetadata) != 2 || len(routes[1].Match.DynamicMetadata) != 0 {
		t.Errorf("routes %v, want one for a verified token with the claim and one for all others", routes)
	}
	for _, r := range routes {
		if r.TypedPerFilterConfig["claims"] == nil {
			t.Errorf("route %v does not verify", r)
		}
	}
}

// An Envoy asks for a filter that one of its listeners names. Another one would never be acknowledged, and with it whatever
// waits for this proxy.
func TestEveryFilterIsNamedByAListener(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for key, set := range xds.Build(model.Build(modeltest.Random(t))) {
			for id := range set.All() {
				if id.TypeURL == xds.FilterType && !named(set, id.Name) {
					t.Fatalf("%s gets the filter %s, and no listener names it", key, id.Name)
				}
			}
		}
	})
}

// named says whether a listener of a set has a name in it.
func named(set *xds.Set, name string) bool {
	for id, r := range set.All() {
		if id.TypeURL == xds.ListenerType && r.Names(name) {
			return true
		}
	}
	return false
}
