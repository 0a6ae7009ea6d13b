package rollout

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// A clock that was an hour ahead, and is right again: the step lasts its time from now on, and its deadline holds again.
func TestClockThatWasAhead(t *testing.T) {
	for name, perSecond := range map[string]int{"with requests": 200, "without": 0} {
		w := newWorld(t)
		w.perSecond = perSecond
		w.untilWeight(5)
		w.until("acknowledged", 10, func() bool { return w.status().AcknowledgedAt != nil })
		for _, at := range []*metav1.Time{w.status().AcknowledgedAt, w.status().Deadline} {
			at.Time = at.Add(time.Hour)
		}
		back := w.now
		phase := map[bool]v1alpha1.CanaryPhase{true: v1alpha1.CanaryPromoted, false: v1alpha1.CanaryRolledBack}[perSecond > 0]
		if perSecond > 0 {
			w.untilWeight(20)
			if took := w.now.Sub(back); took < defaultDuration || took > 2*defaultDuration {
				t.Errorf("%s: the step took %s", name, took)
			}
		}
		w.untilPhase(phase)
		if took := w.now.Sub(back); took > 15*time.Minute {
			t.Errorf("%s: %s took %s", name, phase, took)
		}
	}
}

// The same for a pause of the spec, and a person's pause has no end that could move.
func TestPauseOfAClockThatWasAhead(t *testing.T) {
	w := newWorld(t)
	w.canary.Spec.Steps[0].Pause = &v1alpha1.StepPause{Duration: seconds(300)}
	w.until("pause", 400, func() bool { return w.status().Pause != nil })
	w.now = w.now.Add(-time.Hour)
	back := w.now
	w.untilWeight(20)
	if took := w.now.Sub(back); took < 5*time.Minute || took > 7*time.Minute {
		t.Errorf("the pause took %s", took)
	}
}

// A weight that is lowered in the middle of a long step has the time of that step.
func TestLoweredWeightKeepsItsDeadline(t *testing.T) {
	w := newWorld(t)
	w.canary.Spec.Steps[2].Duration = seconds(7200)
	w.status().Hold = &v1alpha1.CanaryHold{}
	w.beforeNext = func(in *Input) {
		in.Held = &Held{Stable: w.canary.Spec.Workloads.Stable, Canary: w.canary.Spec.Workloads.Canary, Replicas: 4, Reach: 50}
	}
	w.untilWeight(50)
	deadline := w.status().Deadline.Time
	w.serving = 2
	for range 10 {
		w.step(5 * time.Second)
	}
	if s := w.status(); s.Weight.Desired >= 50 || !s.Deadline.Time.Equal(deadline) {
		t.Errorf("the deadline was %s: %s", deadline, encode(t, *s))
	}
}
