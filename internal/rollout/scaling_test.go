package rollout

import (
	"testing"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// Scenario 9: an autoscaler that changes both versions every 15 seconds costs a run no time.
func TestAutoscalerDelaysNoRun(t *testing.T) {
	took := func(scale bool) time.Duration {
		w := newWorld(t)
		w.canary.Spec.Steps = []v1alpha1.CanaryStep{{Weight: 5, Duration: seconds(300)}, {Weight: 20, Duration: seconds(300)}, {Weight: 50, Duration: seconds(300)}}
		start, looks := w.now, 0
		w.beforeNext = func(in *Input) {
			looks++
			if scale && looks%3 == 0 { // each look is 5 s
				w.stable, w.serving = 4+looks%7, 4+looks%5
			}
		}
		w.until("promotion", 2000, func() bool { return w.status().Phase == v1alpha1.CanaryPromoted })
		return w.now.Sub(start)
	}
	calm, scaled := took(false), took(true)
	if scaled > calm+calm/20 || scaled < calm-calm/20 {
		t.Errorf("it took %s, and %s with an autoscaler", calm, scaled)
	}
}
