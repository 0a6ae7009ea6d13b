package rollout

import (
	"strings"
	"testing"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

func TestHarmGoesBackFromEachStep(t *testing.T) {
	for _, weight := range []int32{5, 20, 50, 100} {
		w := newWorld(t)
		w.badStable, w.badCanary = 0, 0
		w.reason = "reset-during"
		w.untilWeight(weight)
		w.delay = 30                                  // time to be judged at 100 too
		w.badCanary, w.inForce = 0.3, min(weight, 50) // at 100 there is nothing left to compare with
		w.until("rollback", 20, func() bool { return w.status().Phase == v1alpha1.CanaryRollingBack })
		s := w.status()
		if s.Weight.Desired != 0 || s.LastVerdict.Result != v1alpha1.VerdictFail || s.LastVerdict.Reason != ReasonErrorRate ||
			s.LastVerdict.Weight != weight || !strings.HasPrefix(s.LastVerdict.Message, "mostly reset-during: ") {
			t.Errorf("from %d: %s", weight, encode(t, *s))
		}
		w.delay = 3
		w.untilPhase(v1alpha1.CanaryRolledBack)
		w.wants(t, ReasonVerdictHarm, ReasonRollbackStarted, ReasonRolledBack)
		for range 200 {
			w.step(time.Minute)
		}
		if w.desired() != 0 || s.Rejected != "h2" || w.count(ReasonRevisionDetected) != 1 {
			t.Errorf("the rejected revision was tried again: %s", encode(t, *w.status()))
		}
	}
}

func TestRollbackIsDoneWhenAcknowledged(t *testing.T) {
	w := newWorld(t)
	w.untilWeight(20)
	w.serving = 0
	w.silent = true
	w.step(time.Second)
	if w.status().Phase != v1alpha1.CanaryRollingBack || w.desired() != 0 {
		t.Fatalf("%s", encode(t, *w.status()))
	}
	for range 400 {
		w.step(5 * time.Second)
	}
	if w.status().Phase != v1alpha1.CanaryRollingBack || w.count(ReasonAcknowledgementTimeout) != 1 {
		t.Fatalf("%d events, %s", w.count(ReasonAcknowledgementTimeout), encode(t, *w.status()))
	}
	w.silent = false
	w.untilPhase(v1alpha1.CanaryRolledBack)
	if got := w.status().History[0]; got.Reason != ReasonNoServingPods || got.Phase != v1alpha1.CanaryRolledBack {
		t.Errorf("history %+v", got)
	}
}

func TestShareStaysWhileStableCanNotServe(t *testing.T) {
	for name, none := range map[string]bool{"only the new version serves": false, "neither serves": true} {
		w := newWorld(t)
		w.badStable, w.badCanary = 0, 0
		w.untilWeight(20)
		w.stable = 0
		w.badStable, w.badCanary = 0.1, 0.5
		if none {
			w.serving = 0
		} else {
			w.beforeNext = func(in *Input) { // stable requests fail on no pod
				in.Batch.Stable.Pods[""] = PodCounts{Requests: 500}
			}
		}
		w.until("blocked", 50, func() bool { return waitsFor(w.status().Position) == ReasonStableServing })
		for range 50 {
			w.step(time.Minute)
		}
		if w.desired() != 20 || w.count(ReasonStableServing) != 1 {
			t.Fatalf("%s: weight %d, %d events", name, w.desired(), w.count(ReasonStableServing))
		}
		w.stable = 1
		w.step(time.Second)
		if w.desired() != 0 {
			t.Errorf("%s: stable serves, weight %d", name, w.desired())
		}
	}
}

func TestFixReachesAllWhenStableIsBroken(t *testing.T) {
	w := newWorld(t)
	w.stable = 0
	w.beforeNext = func(in *Input) {
		in.Batch.Stable.Pods[""] = PodCounts{Requests: 500, Errors: 500, LeastErrorSeconds: 5, MostErrorSeconds: 5}
	}
	w.untilPhase(v1alpha1.CanaryPromoted)
}

func TestUpdateOfAPromotedVersionThatIsAllThatIsLeft(t *testing.T) {
	w := newWorld(t)
	w.untilPhase(v1alpha1.CanaryPromoted)
	w.stable, w.revision = 0, "h3"
	for range 20 {
		w.step(time.Second)
		if w.desired() != 100 {
			t.Fatalf("weight %d sends requests to nobody", w.desired())
		}
	}
	s := w.status()
	if s.Run.Revision != "h3" || s.Phase != v1alpha1.CanaryPromoted || s.History[0].Reason != ReasonUnjudged || w.count(ReasonUnjudged) != 1 {
		t.Errorf("%s", encode(t, *s))
	}
	w.stable, w.revision = 1, "h4"
	w.until("run of h4", 100, func() bool { return w.status().Run.Revision == "h4" })
	if w.desired() != 0 {
		t.Errorf("there is a stable version to compare with, and h4 begins at weight %d", w.desired())
	}
}

func TestRejectedRevisionThatComesBackStaysRejected(t *testing.T) {
	w := newWorld(t)
	w.badCanary = 0.5
	w.untilPhase(v1alpha1.CanaryRolledBack)
	w.revision, w.badCanary = "h1", 0.001 // a pod of an older revision is made again
	w.until("run of h1", 100, func() bool { return w.status().Run.Revision == "h1" })
	w.revision = "h2"
	for range 100 {
		w.step(time.Minute)
		if s := w.status(); s.Run.Revision == "h2" {
			t.Fatalf("the rejected revision is tried again: %s", encode(t, *s))
		}
	}
	if w.desired() != 0 || w.status().Rejected != "h2" {
		t.Errorf("%s", encode(t, *w.status()))
	}
}

func TestOnePodOfSeveralIsNotTheVersion(t *testing.T) {
	w := newWorld(t)
	w.badStable = 0.0001
	w.untilWeight(20)
	w.badCanary, w.failing = 1, 1
	w.until("one pod", 200, func() bool { return waitsFor(w.status().Position) == ReasonOnePodFailing })
	if w.status().Phase != v1alpha1.CanaryProgressing {
		t.Fatalf("%s", encode(t, *w.status()))
	}
	w.failing = 2
	w.until("rollback", 3, func() bool { return w.status().Phase == v1alpha1.CanaryRollingBack })
}

func TestNewRevisionInEachPhase(t *testing.T) {
	phases := map[string]func(*world){
		"begin":        func(w *world) { w.step(time.Second) },
		"weight 0":     func(w *world) { w.untilPhase(v1alpha1.CanaryProgressing) },
		"weight 5":     func(w *world) { w.untilWeight(5) },
		"weight 50":    func(w *world) { w.untilWeight(50) },
		"paused":       func(w *world) { w.untilWeight(20); w.say("1", v1alpha1.ActionPause, "h2"); w.step(time.Second) },
		"promotion":    func(w *world) { w.untilWeight(100) },
		"promoted":     func(w *world) { w.untilPhase(v1alpha1.CanaryPromoted) },
		"rolling back": func(w *world) { w.badCanary = 0.5; w.untilPhase(v1alpha1.CanaryRollingBack) },
		"rolled back":  func(w *world) { w.badCanary = 0.5; w.untilPhase(v1alpha1.CanaryRolledBack) },
	}
	for name, reach := range phases {
		w := newWorld(t)
		reach(w)
		w.revision, w.badCanary = "h3", 0.001
		w.until("run of h3", 100, func() bool {
			// Until weight 0 is acknowledged, the old revision stays pinned.
			if s := w.status(); s.Run.Revision == "h2" || s.Run.Revision == "" {
				return false
			}
			return true
		})
		s := w.status()
		if s.Run.Revision != "h3" || s.Weight.Desired != 0 || s.Weight.Acknowledged != 0 || s.LastVerdict != nil {
			t.Errorf("%s: %s", name, encode(t, *s))
		}
		if s.Evidence.Canary.Requests != 0 || len(s.Evidence.Tests) != 0 {
			t.Errorf("%s: evidence is not fresh: %+v", name, s.Evidence)
		}
		w.untilPhase(v1alpha1.CanaryPromoted)
		if w.status().Run.Revision != "h3" {
			t.Errorf("%s: promoted %s", name, w.status().Run.Revision)
		}
	}
}

// TestDeadlineWithoutTraffic has no data to judge [D18 D24]: the step is held, then taken back, and promoted only if that was
// asked for.
func TestDeadlineWithoutTraffic(t *testing.T) {
	for _, c := range []struct {
		on    v1alpha1.OnInconclusive
		phase v1alpha1.CanaryPhase
		event string
	}{
		{"", v1alpha1.CanaryRolledBack, ReasonRollbackStarted},
		{v1alpha1.InconclusiveRollback, v1alpha1.CanaryRolledBack, ReasonRollbackStarted},
		{v1alpha1.InconclusiveHold, v1alpha1.CanaryProgressing, ReasonInconclusiveHold},
		{v1alpha1.InconclusivePromote, v1alpha1.CanaryPromoted, ReasonInconclusivePromoted},
	} {
		w := newWorld(t)
		w.perSecond = 0
		w.canary.Spec.OnInconclusive = c.on
		w.untilWeight(5)
		for w.now.Before(w.status().Deadline.Add(-6 * time.Second)) {
			w.step(5 * time.Second)
			if w.desired() != 5 || w.status().LastVerdict != nil {
				t.Fatalf("%q: moved before the deadline: %s", c.on, encode(t, *w.status()))
			}
		}
		for range 1000 {
			w.step(5 * time.Second)
		}
		if got := w.status().Phase; got != c.phase {
			t.Errorf("%q: phase %s, want %s", c.on, got, c.phase)
		}
		w.wants(t, c.event, ReasonDeadlineExceeded)
		if c.phase == v1alpha1.CanaryRolledBack && w.status().History[0].Reason != ReasonNoTraffic {
			t.Errorf("%q: reason %s", c.on, w.status().History[0].Reason)
		}
		if c.on == v1alpha1.InconclusiveHold && w.count(ReasonDeadlineExceeded) != 1 {
			t.Errorf("told %d times", w.count(ReasonDeadlineExceeded))
		}
	}
}

func TestPromoteAtDeadlineNeedsPodsAndProxies(t *testing.T) {
	for name, spoil := range map[string]func(*world){
		"capacity":        func(w *world) { w.serving = 1 },
		"acknowledgement": func(w *world) { w.silent = true },
	} {
		w := newWorld(t)
		w.canary.Spec.OnInconclusive = v1alpha1.InconclusivePromote
		w.untilWeight(20)
		spoil(w)
		for range 1000 {
			w.step(5 * time.Second)
		}
		if w.desired() != 20 {
			t.Errorf("%s: weight %d", name, w.desired())
		}
	}
}

// TestFrozenOutcomesDecideNothing has proxies that report nothing new [D24].
func TestFrozenOutcomesDecideNothing(t *testing.T) {
	w := newWorld(t)
	w.untilWeight(5)
	w.frozen, w.badCanary = true, 0.5
	for range 1000 {
		w.step(5 * time.Second)
	}
	if w.desired() != 5 || w.status().LastVerdict != nil {
		t.Fatalf("%s", encode(t, *w.status()))
	}
	w.frozen = false
	w.untilPhase(v1alpha1.CanaryRolledBack)
	if w.status().History[0].Reason != ReasonErrorRate {
		t.Errorf("%+v", w.status().History[0])
	}
}

// TestLossyBatchesAreNoEvidence has reports with gaps [D24].
func TestLossyBatchesAreNoEvidence(t *testing.T) {
	w := newWorld(t)
	w.dropped = 100 // of 1100
	w.untilPhase(v1alpha1.CanaryRolledBack)
	if w.status().History[0].Reason != ReasonOutcomesLost || w.status().LastVerdict.Result != v1alpha1.VerdictInconclusive {
		t.Errorf("%+v", w.status().History[0])
	}
	w = newWorld(t)
	w.dropped = 10
	w.untilPhase(v1alpha1.CanaryPromoted)
}
