package rollout

import (
	"testing"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

func tracking(t *testing.T) *world {
	w := newWorld(t)
	w.canary.Spec.ConfigChanges, w.config = v1alpha1.ConfigNewRun, "c1"
	return w
}

// A changed ConfigMap in the middle of a run: weight 0 everywhere first, then a run with fresh evidence of the same revision.
func TestChangedConfigurationBeginsANewRun(t *testing.T) {
	w := tracking(t)
	w.untilWeight(20)
	if got := w.status().Run.Config; got != "c1" {
		t.Fatalf("the run has %q beside its revision", got)
	}
	w.config = "c2"
	w.step(5 * time.Second)
	if s := w.status(); s.Phase != v1alpha1.CanaryRollingBack || s.Weight.Desired != 0 || s.Run.Config != "c1" || s.History[0].Reason != ReasonSuperseded || s.Rejected != "" {
		t.Fatalf("%s", encode(t, *s))
	}
	w.until("the new run", 50, func() bool { return w.status().Run.Config == "c2" })
	if s := w.status(); s.Weight.Acknowledged != 0 || s.Evidence.Canary.Requests != 0 || s.Run.Revision != "h2" {
		t.Errorf("%s", encode(t, *s))
	}
	w.untilPhase(v1alpha1.CanaryPromoted)
	if w.count(ReasonRevisionDetected) != 2 {
		t.Errorf("%d runs", w.count(ReasonRevisionDetected))
	}
	w.config = "c3" // all requests go to this version, and the other one would read the same
	for range 20 {
		w.step(time.Minute)
	}
	if w.desired() != 100 {
		t.Errorf("a promoted version went back for a changed ConfigMap")
	}
}

func TestConfigurationThatDoesNotCount(t *testing.T) {
	for name, c := range map[string]struct {
		mode   v1alpha1.ConfigChanges
		before string
		after  string
	}{
		"not asked for":       {"", "c1", "c2"},
		"ignored":             {v1alpha1.ConfigIgnore, "c1", "c2"},
		"not readable lately": {v1alpha1.ConfigNewRun, "c1", ""},
	} {
		w := tracking(t)
		w.canary.Spec.ConfigChanges, w.config = c.mode, c.before
		w.untilWeight(20)
		w.config = c.after
		w.untilPhase(v1alpha1.CanaryPromoted)
		if w.count(ReasonRevisionDetected) != 1 {
			t.Errorf("%s: %d runs", name, w.count(ReasonRevisionDetected))
		}
	}
}

// What was asked for and can't be seen would spoil the evidence unseen, so no run begins; and none is rejected for it.
func TestRunWaitsForReadableConfiguration(t *testing.T) {
	w := tracking(t)
	w.config = ""
	w.beforeNext = func(in *Input) {
		if in.Config == "" {
			in.ConfigProblem = "the operator may not get Secret/db of namespace shop"
		}
	}
	for range 300 {
		if d := w.step(time.Minute); d.RequeueAfter > configAgain && w.now.Sub(w.status().Position.Since.Time) > time.Hour {
			t.Fatalf("the next look is in %s", d.RequeueAfter)
		}
	}
	s := w.status()
	if s.Phase != v1alpha1.CanaryWaiting || s.Run.Revision != "" || w.count(ReasonConfigUnknown) != 1 ||
		s.Message != "all requests go to the stable version; there is no new one; ConfigUnknown: the operator may not get Secret/db of namespace shop" {
		t.Fatalf("%d events, %s", w.count(ReasonConfigUnknown), encode(t, *s))
	}
	w.config = "c1"
	w.untilPhase(v1alpha1.CanaryPromoted)
}

// The rejected revision is tried again with another configuration, and not with the one that it was rejected with.
func TestRejectedRevisionWithAnotherConfiguration(t *testing.T) {
	w := tracking(t)
	w.badCanary = 0.5
	w.untilPhase(v1alpha1.CanaryRolledBack)
	if s := w.status(); s.Rejected != "h2" || s.RejectedConfig != "c1" {
		t.Fatalf("%s", encode(t, *s))
	}
	for range 50 {
		w.step(time.Minute)
	}
	if w.count(ReasonRevisionDetected) != 1 {
		t.Fatal("the rejected revision is tried again as it was")
	}
	w.config, w.badCanary = "c2", 0.001
	w.untilPhase(v1alpha1.CanaryPromoted)
	if s := w.status(); s.Rejected != "" || s.RejectedConfig != "" || s.Run.Config != "c2" {
		t.Errorf("%s", encode(t, *s))
	}
}
