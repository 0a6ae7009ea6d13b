package rollout

import (
	"testing"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// A promotion in waves takes pods of the stable version away, so from its first wave on the weights are for everyone: with a
// focus, the fewer stable pods would have to serve nearly all requests.
func TestWavesAreForEveryone(t *testing.T) {
	w := newWorld(t)
	w.canary.Spec.Workloads, w.canary.Spec.TargetRef = nil, &v1alpha1.WorkloadReference{Kind: v1alpha1.KindDeployment, Name: "reviews"}
	w.canary.Spec.Match, w.canary.Spec.Preview = insiders(), insiders()
	w.canary.Status.Hold = &v1alpha1.CanaryHold{}
	of := workloads("v1", "v2")
	w.beforeNext = func(in *Input) {
		in.Held = &Held{Stable: of.Stable, Canary: of.Canary, Replicas: 4, Reach: 50, NextWave: 1, Pods: "1 of 1"}
	}
	w.until("last step", 400, func() bool { return w.desired() == 50 })
	if s := w.status(); s.Weight.Everyone || !s.Weight.Preview || len(s.Run.Match) != 1 {
		t.Fatalf("held: %s", encode(t, *s))
	}
	w.until("waves", 400, func() bool { return w.status().Hold.PromotingHash != "" })
	if s := w.status(); !s.Weight.Everyone || !s.Weight.Preview || s.Weight.Desired != 50 || s.Hold.Wave != 1 {
		t.Errorf("in waves: %s", encode(t, *s))
	}
}
