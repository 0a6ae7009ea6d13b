package envoy

import (
	"slices"
	"testing"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model/modeltest"
)

// TestFirstRequestAfterAChange compares the first request after a change with one after the same wait without a change:
// all that a route needs is computed when it is made [B40].
func TestFirstRequestAfterAChange(t *testing.T) {
	const rounds = 50
	w := newWire(t)
	took := map[bool][]time.Duration{}
	for i := range rounds {
		for _, changed := range []bool{true, false} {
			s := w.versions(2, 2)
			s.Canaries = []*v1alpha1.Canary{modeltest.CanaryAt("front", int32(10+i%50))}
			w.publish(t, s) // the second one is equal
			begin := time.Now()
			w.call(t, "")
			took[changed] = append(took[changed], time.Since(begin))
		}
	}
	slices.Sort(took[true])
	slices.Sort(took[false])
	middle, band := took[true][rounds/2], took[false][rounds*95/100]
	t.Logf("after a change: median %s; without one: median %s, 95 %% within %s", middle, took[false][rounds/2], band)
	if middle > band {
		t.Errorf("the first request after a change takes %s in the middle; 95 %% of those without a change take %s at most", middle, band)
	}
}
