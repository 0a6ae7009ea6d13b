package rollout

import (
	"strings"
	"testing"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// TestPauseStopsTheClock [D08 D25]: a paused run stays where it is for longer than its deadline, says so, and has as much
// time as before when it goes on.
func TestPauseStopsTheClock(t *testing.T) {
	w := newWorld(t)
	w.untilWeight(20)
	w.step(5 * time.Second)
	left := w.status().Deadline.Sub(w.now)
	w.say("1", v1alpha1.ActionPause, "h2")
	w.step(time.Second)
	p := w.status().Pause
	if p == nil || p.By != "jane" || w.status().Deadline != nil || w.status().LastCommand.Refused != "" {
		t.Fatalf("%s", encode(t, *w.status()))
	}
	for range 300 {
		w.step(time.Minute)
		if w.desired() != 20 || w.status().Phase != v1alpha1.CanaryProgressing {
			t.Fatalf("it moved: %s", encode(t, *w.status()))
		}
	}
	if waitsFor(w.status().Position) != ReasonPaused || !strings.Contains(w.status().Message, "by jane") {
		t.Errorf("not shown as paused: %s", encode(t, *w.status()))
	}
	for _, c := range w.status().Conditions {
		if c.Type == v1alpha1.ConditionStalled && c.Status != "False" || c.Type == v1alpha1.ConditionReconciling && c.Reason != ReasonPaused {
			t.Errorf("%+v", c)
		}
	}
	w.undecided = true // else the step would pass at once
	w.say("2", v1alpha1.ActionResume, "h2")
	w.step(time.Second)
	w.undecided = false
	if w.status().Pause != nil {
		t.Fatalf("%s", encode(t, *w.status()))
	}
	if got := w.status().Deadline.Sub(w.now); got < left-3*time.Second || got > left+time.Second {
		t.Errorf("%s were left at the pause, %s are after it", left, got)
	}
	w.untilPhase(v1alpha1.CanaryPromoted)
	if w.count(ReasonPaused) != 1 || w.count(ReasonResumed) != 1 {
		t.Errorf("%d paused, %d resumed", w.count(ReasonPaused), w.count(ReasonResumed))
	}
}

// TestPausedRunGoesBack [D03 D25]: whatever takes the share away does so in a pause too.
func TestPausedRunGoesBack(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(*world)
		reason  string
	}{
		"harm":           {func(w *world) { w.badCanary = 0.5 }, ReasonErrorRate},
		"no pod serves":  {func(w *world) { w.serving = 0 }, ReasonNoServingPods},
		"abort":          {func(w *world) { w.say("2", v1alpha1.ActionAbort, "h2") }, ReasonAborted},
		"a new revision": {func(w *world) { w.revision = "h3" }, ReasonSuperseded},
	} {
		w := newWorld(t)
		w.badStable, w.badCanary = 0, 0
		w.untilWeight(20)
		w.say("1", v1alpha1.ActionPause, "h2")
		w.step(time.Second)
		if w.status().Pause == nil {
			t.Fatalf("%s: not paused", name)
		}
		c.happens(w)
		w.until(name, 20, func() bool { return w.status().Phase == v1alpha1.CanaryRollingBack })
		if s := w.status(); s.Weight.Desired != 0 || s.Pause != nil || s.Deadline == nil || s.History[0].Reason != c.reason {
			t.Errorf("%s: %s", name, encode(t, *s))
		}
	}
}

// TestPauseIsRefused [D25]: a command that means nothing where the run stands, or is about another revision.
func TestPauseIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		reach  func(*world)
		action v1alpha1.Action
		about  string
	}{
		"pause of another revision": {func(w *world) { w.untilWeight(5) }, v1alpha1.ActionPause, "h1"},
		"pause when promoted":       {func(w *world) { w.untilPhase(v1alpha1.CanaryPromoted) }, v1alpha1.ActionPause, "h2"},
		"resume without a pause":    {func(w *world) { w.untilWeight(5) }, v1alpha1.ActionResume, "h2"},
		"pause in a pause": {func(w *world) {
			w.untilWeight(5)
			w.say("1", v1alpha1.ActionPause, "h2")
			w.step(time.Second)
		}, v1alpha1.ActionPause, "h2"},
	} {
		w := newWorld(t)
		c.reach(w)
		was := w.status().Pause
		w.say("7", c.action, c.about)
		w.step(time.Second)
		w.step(time.Second)
		s := w.status()
		if s.LastCommand == nil || s.LastCommand.Refused == "" || w.count(ReasonCommandRefused) != 1 || (was == nil) != (s.Pause == nil) {
			t.Errorf("%s: %d events, %+v, %+v", name, w.count(ReasonCommandRefused), s.LastCommand, s.Pause)
		}
	}
}

// TestStepWithAPause [D08 D25] waits for a person, with time and evidence there, and only at that step.
func TestStepWithAPause(t *testing.T) {
	for name, ends := range map[string]func(*world){
		"resume":          func(w *world) { w.say("1", v1alpha1.ActionResume, "h2") },
		"promote":         func(w *world) { w.say("1", v1alpha1.ActionPromote, "h2") },
		"gone from steps": func(w *world) { w.canary.Spec.Steps[1].Pause = nil },
	} {
		w := newWorld(t)
		w.canary.Spec.Steps[1].Pause = &v1alpha1.StepPause{}
		w.until("pause", 400, func() bool { return w.status().Pause != nil })
		s := w.status()
		if w.desired() != 20 || s.Evidence.StepCanary.Requests < defaultMinRequests || s.Pause.By != v1alpha1.PausedBySpec || s.Pause.Until != nil {
			t.Fatalf("%s: %s", name, encode(t, *s))
		}
		for range 300 {
			w.step(time.Minute)
		}
		if w.desired() != 20 || w.count(ReasonPaused) != 1 {
			t.Fatalf("%s: weight %d, %d events", name, w.desired(), w.count(ReasonPaused))
		}
		ends(w)
		w.untilPhase(v1alpha1.CanaryPromoted)
		if w.count(ReasonPaused) != 1 {
			t.Errorf("%s: paused %d times", name, w.count(ReasonPaused))
		}
	}
}

// TestStepWithATimedPause [D25] goes on by itself, unless a person wants it to stay.
func TestStepWithATimedPause(t *testing.T) {
	for _, stays := range []bool{false, true} {
		w := newWorld(t)
		w.canary.Spec.Steps[1].Pause = &v1alpha1.StepPause{Duration: seconds(1800)}
		w.until("pause", 400, func() bool { return w.status().Pause != nil })
		began := w.now
		if stays {
			w.say("1", v1alpha1.ActionPause, "h2")
		}
		for range 100 {
			w.step(time.Minute)
			if w.desired() != 20 {
				break
			}
		}
		took := w.now.Sub(began)
		if stays && (w.desired() != 20 || w.status().LastCommand.Refused != "") {
			t.Errorf("a person's pause ended by itself: %s", encode(t, *w.status()))
		}
		if !stays && (w.desired() != 50 || took < 29*time.Minute || took > 33*time.Minute || w.count(ReasonResumed) != 1) {
			t.Errorf("weight %d after %s, resumed %d times", w.desired(), took, w.count(ReasonResumed))
		}
		w.say("2", v1alpha1.ActionResume, "h2")
		w.untilPhase(v1alpha1.CanaryPromoted)
	}
}

// A deadline that lets a step pass without enough requests opens no other gate.
func TestPromoteAtDeadlineStillAsksTheOtherGates(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*world)
		waits string
	}{
		"capacity": {func(w *world) { w.serving = 1 }, ReasonCapacity},
		"pause":    {func(w *world) { w.canary.Spec.Steps[1].Pause = &v1alpha1.StepPause{} }, ReasonPaused},
	} {
		w := newWorld(t)
		w.canary.Spec.OnInconclusive = v1alpha1.InconclusivePromote
		w.untilWeight(20)
		w.perSecond = 0
		c.spoil(w)
		for range 1000 {
			w.step(5 * time.Second)
		}
		if w.desired() != 20 || waitsFor(w.status().Position) != c.waits {
			t.Errorf("%s: %s", name, encode(t, *w.status()))
		}
	}
}

// A held rollout whose weight must fall, as pods have gone, stays paused, and has a deadline when the pause is over.
func TestPauseOutlivesALoweredWeight(t *testing.T) {
	w := newWorld(t)
	w.status().Hold = &v1alpha1.CanaryHold{}
	w.beforeNext = func(in *Input) {
		in.Held = &Held{Stable: w.canary.Spec.Workloads.Stable, Canary: w.canary.Spec.Workloads.Canary, Replicas: 4, Reach: 50}
	}
	w.untilWeight(50)
	w.say("1", v1alpha1.ActionPause, "h2")
	w.step(time.Second)
	w.serving = 2
	w.step(time.Second)
	if s := w.status(); s.Weight.Desired >= 50 || s.Pause == nil || s.Pause.By != "jane" {
		t.Fatalf("%s", encode(t, *s))
	}
	w.serving = 4
	for range 100 {
		w.step(time.Minute)
	}
	if w.desired() >= 50 {
		t.Fatalf("it rose in a pause: %s", encode(t, *w.status()))
	}
	w.say("2", v1alpha1.ActionResume, "h2")
	w.step(time.Second)
	if s := w.status(); s.Pause != nil || s.Deadline == nil {
		t.Errorf("%s", encode(t, *s))
	}
}
