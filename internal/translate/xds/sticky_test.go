package xds_test

import (
	"testing"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"
	gateway "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
	"github.com/weft-mesh/weft/internal/translate/xds"
	"github.com/weft-mesh/weft/internal/translate/xds/xdstest"
)

// Who is in the new version stays in while its weight rises, and nobody changes the backend [D04].
func TestWhoIsInStaysIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, shares := modeltest.Shares(t)
		s.Services[0].Annotations = map[string]string{v1alpha1.AnnotationStickyHeader: "x-user"}
		if len(s.Canaries) == 0 {
			t.Skip("nothing rises")
		}
		rising := rapid.SampledFrom(s.Canaries).Draw(t, "rising")
		before := stickyAction(t, s)
		if before == nil {
			return // without any weight
		}
		next := rising.DeepCopy()
		next.Status.Weight.Desired = rapid.Int32Range(rising.Status.Weight.Desired, 100).Draw(t, "risen")
		for i, c := range s.Canaries {
			if c == rising {
				s.Canaries[i] = next
			}
		}
		after := stickyAction(t, s)
		users := rapid.SliceOfN(rapid.Uint64(), 20, 20).Draw(t, "hashes")
		for hash := range uint64(200) {
			users = append(users, hash*uint64(shares[0].Weight+1))
		}
		for _, user := range users {
			was, is := xdstest.Pick(before, user), xdstest.Pick(after, user)
			stable, canary := "shop/"+rising.Name+"/80/version=v1", "shop/"+rising.Name+"/80/version=v2"
			if was != is && (was != stable || is != canary) {
				t.Fatalf("the user %d goes from %s to %s when the canary of %s rises", user, was, is, rising.Name)
			}
		}
	})
}

// The same holds for a Service in the user's own weights, while they sum to the same.
func TestWhoIsAtABackendStaysThere(t *testing.T) {
	at := func(cart uint32, total uint32) *route.RouteAction {
		s := versions(1, 0)
		s.Services = append(s.Services, modeltest.WebService("shop", "cart", 2))
		s.Services[0].Annotations = map[string]string{v1alpha1.AnnotationStickyHeader: "x-user"}
		s.Routes = []*gateway.HTTPRoute{modeltest.WeightedRoute(modeltest.Share{Service: "front", Weight: total - cart}, modeltest.Share{Service: "cart", Weight: cart})}
		return stickyAction(t, s)
	}
	left := func(before, after *route.RouteAction) (count int) {
		for user := range uint64(10_000) {
			if hash := user * 0x9E3779B97F4A7C15; xdstest.Pick(before, hash) == "shop/cart/80" && xdstest.Pick(after, hash) != "shop/cart/80" {
				count++
			}
		}
		return count
	}
	if got := left(at(10, 100), at(20, 100)); got != 0 {
		t.Errorf("%d users left a share that rose from 10 to 20 of 100", got)
	}
	if left(at(10, 100), at(150, 999)) == 0 {
		t.Error("nobody left a share whose sum changed: the test sees nothing")
	}
}

// Stickiness is there for who asks for it, and costs others nothing: no hash, and the usual choice of an endpoint.
func TestStickinessIsAskedFor(t *testing.T) {
	for header, want := range map[string]cluster.Cluster_LbPolicy{"": cluster.Cluster_LEAST_REQUEST, "X-User": cluster.Cluster_RING_HASH} {
		s := versions(1, 1)
		if header != "" {
			s.Services[0].Annotations = map[string]string{v1alpha1.AnnotationStickyHeader: header}
		}
		s.Services[0].Spec.Ports = append(s.Services[0].Spec.Ports, corev1.ServicePort{Name: "mysql", Port: 3306})
		s.Canaries = []*v1alpha1.Canary{modeltest.CanaryAt("front", 10)}
		action := onlyRoute(t, routesFor(t, s, "shop/front/80")).GetRoute()
		if hashes := action.GetWeightedClusters().GetUseHashPolicy().GetValue(); hashes != (header != "") || len(action.HashPolicy) > 0 != hashes {
			t.Errorf("header %q: the route uses a hash %v, by %v", header, hashes, action.HashPolicy)
		}
		for _, set := range xds.Build(model.Build(s)) {
			for name, policy := range map[string]cluster.Cluster_LbPolicy{
				"shop/front/80": want, "shop/front/80/version=v1": want, "shop/front/80/version=v2": want,
				"shop/front/3306": cluster.Cluster_ROUND_ROBIN,
			} {
				c := &cluster.Cluster{}
				if err := set.Resource(xds.ID{TypeURL: xds.ClusterType, Name: name}).Body.UnmarshalTo(c); err != nil {
					t.Fatal(err)
				}
				if c.LbPolicy != policy {
					t.Errorf("header %q: cluster %s has the policy %s, want %s", header, name, c.LbPolicy, policy)
				}
			}
		}
	}
}

func stickyAction(t failer, s snapshot.Snapshot) *route.RouteAction {
	t.Helper()
	action := onlyRoute(t, routesFor(t, s, "shop/front/80")).GetRoute()
	if action != nil && (len(action.HashPolicy) != 1 || action.HashPolicy[0].GetHeader().GetHeaderName() != "x-user") {
		t.Fatalf("the route has the hash policy %v, want one by x-user", action.HashPolicy)
	}
	if clusters := action.GetWeightedClusters(); clusters != nil && !clusters.GetUseHashPolicy().GetValue() {
		t.Fatalf("the clusters are not divided by the hash: %v", clusters)
	}
	return action
}
