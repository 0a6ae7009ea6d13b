package envoy

import (
	"slices"
	"testing"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model/modeltest"
)

// TestFirstRequestAfterAChange compares the first request after a change with those that follow: all that a route needs is
// computed when it is made, so the first is in the band of the others [B40].
func TestFirstRequestAfterAChange(t *testing.T) {
	const changes, others = 31, 1000
	w := newWire(t)
	took := func() time.Duration {
		begin := time.Now()
		w.call(t, "")
		return time.Since(begin)
	}
	var first, rest []time.Duration
	for i := range changes {
		s := w.versions(2, 2)
		s.Canaries = []*v1alpha1.Canary{modeltest.CanaryAt("front", int32(10+i))}
		w.publish(t, s)
		first = append(first, took())
		for range others / changes {
			rest = append(rest, took())
		}
	}
	slices.Sort(first)
	slices.Sort(rest)
	middle, band := first[changes/2], rest[len(rest)*99/100]
	t.Logf("the first after a change: median %s; the others: median %s, 99 %% within %s", middle, rest[len(rest)/2], band)
	if middle > band {
		t.Errorf("the first request after a change takes %s in the middle; 99 %% of the others take %s at most", middle, band)
	}
}
