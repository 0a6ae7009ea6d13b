package envoy

import (
	"testing"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model/modeltest"
)

// TestCopiesOnTheWire copies a quarter of the requests of a focus to a new version that only answers 500. Callers see
// nothing of it, no other request is copied, and outcomes are those of the requests in the focus alone: a copy counts for
// neither version.
func TestCopiesOnTheWire(t *testing.T) {
	w := newWire(t)
	w.broken.Store("v2-0", true)
	s := w.focused(0, v1alpha1.RequestMatch{Headers: []v1alpha1.NamedMatch{{Name: "x-user"}}})
	s.Canaries[0].Status.Weight.Mirror = 25
	w.publish(t, s)
	const requests = 2000
	for name, c := range map[string]struct {
		request modeltest.Request
		share   float64
	}{"in the focus": {by("X-User", "ada"), .25}, "others": {modeltest.Request{}, 0}} {
		before := w.requests("v2-0")
		if got := w.count(t, requests, always(c.request)); got["v1"] != requests {
			t.Errorf("%s: callers meet %v", name, got)
		}
		until(t, "copies", func() bool { return plausible(int(w.requests("v2-0")-before), requests, c.share) })
	}
	if seen := w.requests("v1-0"); seen != 2*requests {
		t.Errorf("the stable version got %d requests, want %d", seen, 2*requests)
	}
	counted := map[string]uint64{}
	until(t, "outcomes", func() bool {
		clear(counted)
		report, _ := w.outcomes.Report()
		for _, c := range report.Counters {
			counted[c.Cluster+" "+c.Outcome] += c.Requests
		}
		return counted["shop/front/80/version=v1 ok"] >= requests
	})
	if len(counted) != 1 || counted["shop/front/80/version=v1 ok"] != requests {
		t.Errorf("outcomes %v, want %d of the stable version", counted, requests)
	}
}
