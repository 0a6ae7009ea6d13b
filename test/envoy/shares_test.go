package envoy

import (
	"math"
	"testing"

	gateway "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
)

// TestSharesOnTheWire counts who answers. The share of a version is the user's weight times the Canary's, whatever the
// numbers of pods, and what can't be served is answered as docs/routing.md says [D10 D13 D14].
func TestSharesOnTheWire(t *testing.T) {
	w := newWire(t)
	third := func(c *snapshot.Snapshot) {
		c.Routes = []*gateway.HTTPRoute{modeltest.WeightedRoute(
			modeltest.Share{Service: "front", Weight: 1}, modeltest.Share{Service: "cart", Weight: 2}, modeltest.Share{Service: "gone", Weight: 1})}
	}
	for _, c := range []struct {
		name           string
		stable, canary int
		weight         int32
		requests       int
		change         func(*snapshot.Snapshot)
		want           map[string]float64
	}{
		{"one pod each, one percent", 1, 1, 1, 10_000, nil, map[string]float64{"v1": .99, "v2": .01}},
		{"one pod each", 1, 1, 10, 2000, nil, map[string]float64{"v1": .9, "v2": .1}},
		{"nine old pods", 9, 1, 10, 2000, nil, map[string]float64{"v1": .9, "v2": .1}},
		{"nine new pods", 1, 9, 10, 2000, nil, map[string]float64{"v1": .9, "v2": .1}},
		{"no new pod", 3, 0, 10, 2000, nil, map[string]float64{"v1": .9, "503": .1}},
		{"no pod", 0, 0, 10, 200, nil, map[string]float64{"503": 1}},
		{"the user's weights too", 1, 1, 40, 4000, third, map[string]float64{"v1": .15, "v2": .1, "cart": .5, "500": .25}},
		{"no weight at all", 1, 1, 40, 200, func(s *snapshot.Snapshot) {
			s.Routes = []*gateway.HTTPRoute{modeltest.WeightedRoute(modeltest.Share{Service: "front"}, modeltest.Share{Service: "cart"})}
		}, map[string]float64{"500": 1}},
	} {
		s := w.versions(c.stable, c.canary)
		s.Canaries = []*v1alpha1.Canary{modeltest.CanaryAt("front", c.weight)}
		if c.change != nil {
			c.change(&s)
		}
		w.publish(t, s)
		got := map[string]int{}
		for range c.requests {
			got[versionOf(w.call(t, ""))]++
		}
		for answer, share := range c.want {
			if !plausible(got[answer], c.requests, share) {
				t.Errorf("%s: %s has %d of %d, want a share of %v", c.name, answer, got[answer], c.requests, share)
			}
			delete(got, answer)
		}
		if len(got) > 0 {
			t.Errorf("%s: others answer too: %v", c.name, got)
		}
	}
}

// plausible says whether a share of requests that are divided at random can be what was seen: six standard deviations.
func plausible(seen, of int, share float64) bool {
	n := float64(of)
	return math.Abs(float64(seen)-n*share) <= 6*math.Sqrt(n*share*(1-share))
}

// TestStickyUsersOnTheWire has the same users come again while a Canary's weight rises. Who has met the new version stays
// with it, and each keeps to one pod of a version. Without the header they are divided at random [D04].
func TestStickyUsersOnTheWire(t *testing.T) {
	w, before := newWire(t), map[string]string{}
	const users = 1000
	for _, weight := range []int32{0, 1, 5, 20, 50, 100} {
		s := w.versions(3, 3)
		s.Canaries = []*v1alpha1.Canary{modeltest.CanaryAt("front", weight)}
		s.Services[0].Annotations = map[string]string{v1alpha1.AnnotationStickyHeader: "x-user"}
		w.publish(t, s)
		counts := map[string]int{}
		for i := range users {
			user := userName(i)
			pod := w.call(t, user)
			if again := w.call(t, user); again != pod {
				t.Errorf("at %d%% %s meets %s and then %s", weight, user, pod, again)
			}
			if was := before[user]; was != "" && was != pod && (versionOf(was) != "v1" || versionOf(pod) != "v2") {
				t.Errorf("at %d%% %s goes from %s to %s", weight, user, was, pod)
			}
			before[user] = pod
			counts[versionOf(pod)]++
		}
		if !plausible(counts["v2"], users, float64(weight)/100) {
			t.Errorf("%d of %d users are in a share of %d%%", counts["v2"], users, weight)
		}
		if weight == 50 {
			strangers := map[string]bool{}
			for range 200 {
				strangers[w.call(t, "")] = true
			}
			if len(strangers) != 6 {
				t.Errorf("requests without the header meet the pods %v, want all six", strangers)
			}
		}
	}
}
