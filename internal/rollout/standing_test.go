package rollout

import (
	"slices"
	"testing"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

func TestStanding(t *testing.T) {
	w := newWorld(t)
	if _, under := StandingOf(w.canary, w.now); under {
		t.Error("there is no run yet")
	}
	w.canary.Spec.Steps[1].Pause = &v1alpha1.StepPause{}
	w.canary.Spec.Webhooks = []v1alpha1.CanaryWebhook{{Name: "a", Before: []v1alpha1.WebhookMoment{v1alpha1.WebhookStep}}, {Name: "b"}}
	w.beforeNext = func(in *Input) {
		for _, name := range []string{"a", "b"} {
			if p := in.Canary.Status.Position; p != nil {
				in.Answers = append(in.Answers, Answer{Webhook: name, Sequence: p.Sequence, Open: true})
			}
		}
	}
	w.untilWeight(20)
	w.until("acknowledged", 50, func() bool { return w.status().AcknowledgedAt != nil })
	w.step(5 * time.Second)
	before := encode(t, *w.status())
	s, under := StandingOf(w.canary, w.now)
	if !under || s.Next != 50 || s.Duration != defaultDuration || s.MinRequests != defaultMinRequests || !s.Pause ||
		s.OnInconclusive != v1alpha1.InconclusiveRollback || s.FalseAlarm != 0.01 || s.ToleratedRatio != 1.5 ||
		!slices.Equal(s.Webhooks, []string{"a", "b"}) || s.Waits != ReasonDuration {
		t.Errorf("%+v", s)
	}
	if s.Verdict.E == "" || s.Verdict.Threshold != "100" || s.Verdict.Canary.Requests != w.status().Evidence.Canary.Requests {
		t.Errorf("%+v", s.Verdict)
	}
	if encode(t, *w.status()) != before {
		t.Error("looking changed the Canary")
	}
}

// The order of Gates is that in which the steps of a run really wait.
func TestGatesAreInOrder(t *testing.T) {
	w := newWorld(t)
	w.serving = 1
	w.canary.Spec.Steps = []v1alpha1.CanaryStep{{Weight: 5}, {Weight: 60}}
	w.untilWeight(5)
	at := -1
	for range 60 {
		w.step(5 * time.Second)
		kind := waitsFor(w.status().Position)
		now := slices.Index(Gates(), kind)
		if now < at || now < 0 {
			t.Fatalf("%s comes after %v", kind, Gates()[:at+1])
		}
		at = now
	}
	if Gates()[at] != ReasonCapacity {
		t.Errorf("the last one is %s", Gates()[at])
	}
}
