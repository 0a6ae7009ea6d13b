package rollout

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// TestEachTransitionIsToldOnce [D25]: each course of a run has its events, each once, in order, with reasons of their own.
func TestEachTransitionIsToldOnce(t *testing.T) {
	begin := []string{ReasonRevisionDetected, ReasonStepAcknowledged, ReasonStepStarted, ReasonStepAcknowledged}
	passed := []string{ReasonStepPassed, ReasonStepStarted, ReasonStepAcknowledged}
	promoted := []string{ReasonStepPassed, ReasonPromotionStarted, ReasonStepAcknowledged, ReasonPromoted}
	back := []string{ReasonRollbackStarted, ReasonStepAcknowledged, ReasonRolledBack}
	for name, c := range map[string]struct {
		course func(*world)
		want   [][]string // after begin
	}{
		"promoted": {func(w *world) { w.untilPhase(v1alpha1.CanaryPromoted) }, [][]string{passed, promoted}},
		"harm": {func(w *world) { w.badCanary = 0.5; w.untilPhase(v1alpha1.CanaryRolledBack) },
			[][]string{{ReasonVerdictHarm}, back}},
		"pause and resume": {func(w *world) {
			w.say("1", v1alpha1.ActionPause, "h2")
			w.step(time.Second)
			w.say("2", v1alpha1.ActionResume, "h2")
			w.untilPhase(v1alpha1.CanaryPromoted)
		}, [][]string{{ReasonPaused, ReasonResumed}, passed, promoted}},
		"abort and retry": {func(w *world) {
			w.say("1", v1alpha1.ActionAbort, "h2")
			w.untilPhase(v1alpha1.CanaryRolledBack)
			w.say("2", v1alpha1.ActionRetry, "h2")
			w.untilWeight(5)
		}, [][]string{{ReasonAborted}, back, {ReasonRetried, ReasonRevisionDetected, ReasonStepAcknowledged, ReasonStepStarted}}},
		"forced": {func(w *world) {
			w.say("1", v1alpha1.ActionPromote, "h2")
			w.untilPhase(v1alpha1.CanaryPromoted)
		}, [][]string{{ReasonForced}, passed, promoted}},
		"superseded": {func(w *world) {
			w.revision = "h3"
			w.until("h3", 50, func() bool { return w.status().Run.Revision == "h3" })
		},
			[][]string{{ReasonSuperseded}, back, {ReasonRevisionDetected}}},
		"no traffic, hold": {func(w *world) {
			w.perSecond, w.canary.Spec.OnInconclusive = 0, v1alpha1.InconclusiveHold
			for range 400 {
				w.step(5 * time.Second)
			}
		}, [][]string{{ReasonDeadlineExceeded, ReasonInconclusiveHold}}},
		"no traffic, back": {func(w *world) { w.perSecond = 0; w.untilPhase(v1alpha1.CanaryRolledBack) },
			[][]string{{ReasonDeadlineExceeded}, back}},
		"no pods for the next step": {func(w *world) {
			w.serving, w.canary.Spec.OnInconclusive = 1, v1alpha1.InconclusiveHold
			for range 30 {
				w.step(5 * time.Second)
			}
		}, [][]string{{ReasonCapacity}}},
	} {
		w := newWorld(t)
		w.canary.Spec.Steps = []v1alpha1.CanaryStep{{Weight: 5}, {Weight: 50}}
		w.untilWeight(5)
		w.until("acknowledged", 50, func() bool { return w.status().AcknowledgedAt != nil })
		c.course(w)
		var got []string
		for _, e := range w.events {
			got = append(got, e.Reason)
		}
		if diff := cmp.Diff(slices.Concat(begin, slices.Concat(c.want...)), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A silent proxy is told with its deadline.
func TestSilentProxyIsToldOnce(t *testing.T) {
	w := newWorld(t)
	w.untilWeight(5)
	w.silent = true
	w.until("back", 400, func() bool { return w.status().Phase == v1alpha1.CanaryRollingBack })
	var got []string
	for _, e := range w.events[3:] {
		got = append(got, e.Reason)
	}
	if diff := cmp.Diff([]string{ReasonDeadlineExceeded, ReasonAcknowledgementTimeout, ReasonRollbackStarted}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
