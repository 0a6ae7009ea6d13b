package xds_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// What Envoy reads is the user's weights times the Canaries' shares, exactly, with a total that it can hold [D10 D13].
func TestRoutesHoldExactShares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, shares := modeltest.Shares(t)
		want, total := map[string]uint64{}, uint64(0)
		for _, share := range shares {
			name := "shop/" + share.Service + "/80"
			total += 100 * uint64(share.Weight)
			switch {
			case !share.Exists:
				want["missing"] += 100 * uint64(share.Weight)
			case share.Divided:
				want[name+"/version=v1"] += uint64(share.Weight) * uint64(100-share.Canary)
				want[name+"/version=v2"] += uint64(share.Weight) * uint64(share.Canary)
			default:
				want[name] += 100 * uint64(share.Weight)
			}
		}
		r := onlyRoute(t, routesFor(t, s, "shop/front/80"))
		if total == 0 {
			if got := r.GetDirectResponse().GetStatus(); got != 500 {
				t.Fatalf("without any weight requests are answered with %d: %v", got, r)
			}
			return
		}
		if total > math.MaxUint32 {
			t.Fatalf("Envoy can't hold the total %d", total)
		}
		if diff := cmp.Diff(want, weightsIn(r.GetRoute(), total)); diff != "" {
			t.Fatalf("weights (-want +got):\n%s", diff)
		}
		if _, refused := want["missing"]; refused && r.GetRoute().GetClusterNotFoundResponseCode() != route.RouteAction_INTERNAL_SERVER_ERROR {
			t.Fatalf("a refused share is answered with %v, want 500", r.GetRoute().GetClusterNotFoundResponseCode())
		}
	})
}

// One Canary sets 90 to 10: one route with two weighted clusters. It is the same whatever the numbers of pods: the share is
// theirs together, and a version without a pod keeps its share, which Envoy answers with 503 [D10 D13 D14].
func TestOneCanaryOneRoute(t *testing.T) {
	for _, c := range []struct {
		weight         int32
		stable, canary int
	}{{10, 1, 1}, {10, 9, 1}, {10, 1, 9}, {10, 3, 0}, {1, 1, 1}, {0, 1, 1}} {
		s := versions(c.stable, c.canary)
		s.Canaries = []*v1alpha1.Canary{modeltest.CanaryAt("front", c.weight)}
		r := onlyRoute(t, routesFor(t, s, "shop/front/80"))
		want := map[string]uint64{"shop/front/80/version=v1": uint64(100 - c.weight), "shop/front/80/version=v2": uint64(c.weight)}
		if diff := cmp.Diff(want, weightsIn(r.GetRoute(), 100)); diff != "" {
			t.Errorf("%d:%d pods at %d%% (-want +got):\n%s", c.stable, c.canary, c.weight, diff)
		}
		m := model.Build(s)
		for _, e := range model.BuildEndpoints(s, m) {
			if want := map[string]int{"version=v1": c.stable, "version=v2": c.canary}[e.Subset]; e.Subset != "" && len(e.Items) != want {
				t.Errorf("%d:%d pods: subset %q has %d endpoints", c.stable, c.canary, e.Subset, len(e.Items))
			}
		}
	}
}

// While a run is judged, the name of its route tells agents what to compare requests with.
func TestJudgedRouteNamesItsEdges(t *testing.T) {
	for _, c := range []struct {
		phase v1alpha1.CanaryPhase
		edges []metav1.Duration
		want  string
	}{
		{v1alpha1.CanaryProgressing, []metav1.Duration{{Duration: 250 * time.Millisecond}, {Duration: time.Second}}, "judged/shop/front/250ms,1s"},
		{v1alpha1.CanaryProgressing, nil, "judged/shop/front"},
		{v1alpha1.CanaryPromoted, []metav1.Duration{{Duration: time.Second}}, "default"},
	} {
		s := versions(1, 1)
		canary := modeltest.CanaryAt("front", 10)
		canary.Status.Phase, canary.Status.Run.LatencyEdges = c.phase, c.edges
		s.Canaries = []*v1alpha1.Canary{canary}
		if got := onlyRoute(t, routesFor(t, s, "shop/front/80")).Name; got != c.want {
			t.Errorf("in phase %s with %v the route is %q, want %q", c.phase, c.edges, got, c.want)
		}
	}
}

// versions has the Service front with pods of two versions.
func versions(stable, canary int) snapshot.Snapshot {
	s := snapshot.Snapshot{
		Namespaces: []*corev1.Namespace{{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}},
		Services:   []*corev1.Service{modeltest.WebService("shop", "front", 1)},
	}
	for i := range stable + canary {
		version := "v1"
		if i >= stable {
			version = "v2"
		}
		s.Pods = append(s.Pods, modeltest.Pod("shop", fmt.Sprintf("front-%d", i), map[string]string{
			"app": "front", "version": version, v1alpha1.LabelWorkload: "front-" + version,
		}, i))
	}
	return s
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// routesFor are the routes of a port as Envoy gets them.
func routesFor(t failer, s snapshot.Snapshot, name string) *route.RouteConfiguration {
	t.Helper()
	if len(s.Pods) == 0 {
		s.Pods = []*corev1.Pod{modeltest.Pod("shop", "caller", map[string]string{"app": "caller", v1alpha1.LabelWorkload: "caller"}, 1)}
	}
	for _, set := range xds.Build(model.Build(s)) {
		config := &route.RouteConfiguration{}
		r := set.Resource(xds.ID{TypeURL: xds.RouteType, Name: name})
		if r == nil {
			t.Fatalf("no routes %s", name)
		}
		if err := r.Body.UnmarshalTo(config); err != nil {
			t.Fatalf("routes %s: %v", name, err)
		}
		return config
	}
	t.Fatalf("no workload")
	return nil
}

func onlyRoute(t failer, config *route.RouteConfiguration) *route.Route {
	t.Helper()
	if len(config.VirtualHosts) != 1 || len(config.VirtualHosts[0].Routes) != 1 {
		t.Fatalf("want one route: %v", config)
	}
	return config.VirtualHosts[0].Routes[0]
}

// weightsIn are those of the clusters that a route leads to. A lone cluster gets everything.
func weightsIn(action *route.RouteAction, everything uint64) map[string]uint64 {
	if lone := action.GetCluster(); lone != "" {
		return map[string]uint64{lone: everything}
	}
	out := map[string]uint64{}
	for _, c := range action.GetWeightedClusters().GetClusters() {
		out[c.Name] = uint64(c.Weight.GetValue())
	}
	return out
}
