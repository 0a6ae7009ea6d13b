package envoy

import (
	"testing"

	gateway "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
)

// twoServices has cart lead to the pods of front: two Services of one workload.
func (w *wire) twoServices(weight int32) snapshot.Snapshot {
	s := w.versions(2, 1)
	s.Services[1].Spec.Selector = s.Services[0].Spec.Selector
	s.Canaries = []*v1alpha1.Canary{modeltest.CanaryAt("front", weight)}
	return s
}

// TestTwoServicesOfOneWorkloadOnTheWire has two Services lead to the same pods. Each is divided by its own Canary, and one
// without a Canary meets each pod as often as any other [D12].
func TestTwoServicesOfOneWorkloadOnTheWire(t *testing.T) {
	w := newWire(t)
	for name, c := range map[string]struct {
		canaries []*v1alpha1.Canary
		shares   map[string]float64 // of the new version, by listener
	}{
		"one Canary":   {nil, map[string]float64{front: .1, cart: 1. / 3}},
		"two Canaries": {[]*v1alpha1.Canary{modeltest.CanaryAt("cart", 40)}, map[string]float64{front: .1, cart: .4}},
	} {
		s := w.twoServices(10)
		s.Canaries = append(s.Canaries, c.canaries...)
		w.publish(t, s)
		for listener, share := range c.shares {
			const requests = 2000
			got := map[string]int{}
			for range requests {
				got[versionOf(w.callAt(t, listener, ""))]++
			}
			if !plausible(got["v2"], requests, share) || got["v1"]+got["v2"] != requests {
				t.Errorf("%s: %s meets %v, want a share of %v", name, listener, got, share)
			}
		}
	}
}

// TestSeveralCanariesOfOneRouteOnTheWire has an HTTPRoute divide requests between two Services that a Canary divides each, one
// of them for some users only. A share is the user's weight times that of the Canary it falls to [D10 D13 D23].
func TestSeveralCanariesOfOneRouteOnTheWire(t *testing.T) {
	w := newWire(t)
	s := w.twoServices(40)
	s.Canaries = append(s.Canaries, modeltest.CanaryAt("cart", 50))
	s.Canaries[1].Status.Run.Match = []v1alpha1.RequestMatch{{Headers: []v1alpha1.NamedMatch{{Name: "x-user", Exact: "ada"}}}}
	s.Routes = []*gateway.HTTPRoute{modeltest.WeightedRoute(modeltest.Share{Service: "front", Weight: 3}, modeltest.Share{Service: "cart", Weight: 1})}
	w.publish(t, s)
	const requests = 4000
	for user, share := range map[string]float64{"ada": .75*.4 + .25*.5, "bob": .75 * .4} {
		got := w.count(t, requests, always(by("X-User", user)))
		if !plausible(got["v2"], requests, share) || got["v1"]+got["v2"] != requests {
			t.Errorf("%s meets %v, want a share of %v", user, got, share)
		}
	}
}

// TestStickyUsersOfAWeightedRouteOnTheWire has the weight of a Canary rise behind an HTTPRoute that divides as well. Who has met
// the new version stays with it, and who is at the other Service stays there [D04].
func TestStickyUsersOfAWeightedRouteOnTheWire(t *testing.T) {
	w, before := newWire(t), map[string]string{}
	const users = 1000
	for _, weight := range []int32{0, 5, 20, 50, 100} {
		s := w.versions(1, 1)
		s.Services[0].Annotations = map[string]string{v1alpha1.AnnotationStickyHeader: "x-user"}
		s.Canaries = []*v1alpha1.Canary{modeltest.CanaryAt("front", weight)}
		s.Routes = []*gateway.HTTPRoute{modeltest.WeightedRoute(modeltest.Share{Service: "front", Weight: 3}, modeltest.Share{Service: "cart", Weight: 1})}
		w.publish(t, s)
		counts := map[string]int{}
		for i := range users {
			user := userName(i)
			got := versionOf(w.call(t, user))
			if was := before[user]; was != "" && was != got && (was != "v1" || got != "v2") {
				t.Errorf("at %d%% %s goes from %s to %s", weight, user, was, got)
			}
			before[user] = got
			counts[got]++
		}
		if !plausible(counts["v2"], users, .75*float64(weight)/100) || !plausible(counts["cart"], users, .25) {
			t.Errorf("at %d%% users meet %v", weight, counts)
		}
	}
}
