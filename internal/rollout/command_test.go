package rollout

import (
	"slices"
	"testing"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

func TestAbort(t *testing.T) {
	w := newWorld(t)
	w.untilWeight(20)
	w.say("1", v1alpha1.ActionAbort, "h2")
	w.step(time.Second)
	if w.desired() != 0 || w.status().LastCommand.ID != "1" || w.status().LastCommand.Refused != "" {
		t.Fatalf("%s", encode(t, *w.status()))
	}
	w.untilPhase(v1alpha1.CanaryRolledBack)
	w.wants(t, ReasonAborted)
	for range 50 {
		w.step(time.Minute)
	}
	if w.desired() != 0 || w.count(ReasonAborted) != 1 || w.count(ReasonCommandRefused) != 0 {
		t.Errorf("%s", encode(t, *w.status()))
	}
	w.say("2", v1alpha1.ActionRetry, "h2")
	w.step(time.Second)
	if w.status().Phase != v1alpha1.CanaryProgressing || w.count(ReasonRetried) != 1 {
		t.Fatalf("%s", encode(t, *w.status()))
	}
	w.untilPhase(v1alpha1.CanaryPromoted)
}

func TestAbortWaitsForStable(t *testing.T) {
	w := newWorld(t)
	w.untilWeight(20)
	w.stable = 0
	w.say("1", v1alpha1.ActionAbort, "h2")
	w.step(time.Second)
	if w.desired() != 20 || w.status().LastCommand != nil {
		t.Fatalf("%s", encode(t, *w.status()))
	}
	w.stable = 1
	w.step(time.Second)
	if w.desired() != 0 || w.status().LastCommand == nil {
		t.Fatalf("%s", encode(t, *w.status()))
	}
}

func TestPromoteByHandSkipsEvidenceOnly(t *testing.T) {
	w := newWorld(t)
	w.perSecond = 0
	w.untilWeight(5)
	w.say("1", v1alpha1.ActionPromote, "h2")
	start := w.now
	w.untilPhase(v1alpha1.CanaryPromoted)
	if took := w.now.Sub(start); took > time.Minute {
		t.Errorf("it took %s", took)
	}
	if want := []int32{0, 0, 5, 20, 50, 100}; !slices.Equal(w.walked, want) {
		t.Errorf("weights %v, want %v", w.walked, want)
	}
	w.wants(t, ReasonForced)
}

func TestPromoteByHandStillGoesBack(t *testing.T) {
	w := newWorld(t)
	w.delay = 10
	w.badStable, w.badCanary = 0, 0.5
	w.say("1", v1alpha1.ActionPromote, "h2")
	w.untilWeight(5)
	w.say("2", v1alpha1.ActionPromote, "h2")
	w.untilPhase(v1alpha1.CanaryRolledBack)
	if w.status().Rejected != "h2" {
		t.Errorf("%s", encode(t, *w.status()))
	}
}

func TestCommandsThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		reach  func(*world)
		action v1alpha1.Action
		about  string
	}{
		{"another revision", func(w *world) { w.untilWeight(5) }, v1alpha1.ActionPromote, "h1"},
		{"no revision", func(w *world) { w.untilWeight(5) }, v1alpha1.ActionAbort, ""},
		{"retry while in progress", func(w *world) { w.untilWeight(5) }, v1alpha1.ActionRetry, "h2"},
		{"abort when promoted", func(w *world) { w.untilPhase(v1alpha1.CanaryPromoted) }, v1alpha1.ActionAbort, "h2"},
		{"unknown", func(w *world) { w.untilWeight(5) }, "explode", "h2"},
	} {
		w := newWorld(t)
		c.reach(w)
		at := w.desired()
		w.say("7", c.action, c.about)
		for range 3 {
			w.step(time.Second)
		}
		s := w.status()
		if w.desired() != at || s.LastCommand == nil || s.LastCommand.Refused == "" || w.count(ReasonCommandRefused) != 1 {
			t.Errorf("%s: weight %d, %d events, %+v", c.name, w.desired(), w.count(ReasonCommandRefused), s.LastCommand)
		}
	}
}

func TestUnreadableCommandIsRefusedOnce(t *testing.T) {
	w := newWorld(t)
	w.untilWeight(5)
	w.canary.Annotations = map[string]string{v1alpha1.AnnotationCommand: "promote please"}
	for range 5 {
		w.step(time.Second)
	}
	if w.count(ReasonCommandRefused) != 1 || w.status().LastCommand.Refused == "" || w.desired() != 5 {
		t.Errorf("%d events, %+v", w.count(ReasonCommandRefused), w.status().LastCommand)
	}
}
