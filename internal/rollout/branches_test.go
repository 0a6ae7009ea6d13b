package rollout

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// TestDeadlineSaysWhatWasMissing [D25]: each thing that a step can wait for until its deadline has a word of its own, and what
// the spec says about it is done.
func TestDeadlineSaysWhatWasMissing(t *testing.T) {
	for _, c := range []struct {
		reason string
		spoil  func(*world)
	}{
		{ReasonAcknowledgementTimeout, func(w *world) { w.silent = true }},
		{ReasonNoTraffic, func(w *world) { w.perSecond = 0 }},
		{ReasonNotEnoughRequests, func(w *world) { want := int64(1e6); w.canary.Spec.Steps[1].MinRequests = &want }},
		{ReasonCapacityTimeout, func(w *world) { w.serving = 1 }},
		{ReasonOnePodFailing, func(w *world) { w.badCanary, w.failing = 1, 1 }},
		{ReasonWebhookTimeout, func(w *world) { w.canary.Spec.Webhooks = []v1alpha1.CanaryWebhook{{Name: "never"}} }},
	} {
		for on, phase := range map[v1alpha1.OnInconclusive]v1alpha1.CanaryPhase{
			v1alpha1.InconclusiveRollback: v1alpha1.CanaryRolledBack, v1alpha1.InconclusiveHold: v1alpha1.CanaryProgressing,
		} {
			w := newWorld(t)
			w.canary.Spec.OnInconclusive = on
			w.badStable, w.badCanary = 0.0001, 0.0001
			w.untilWeight(20)
			c.spoil(w)
			w.until("deadline", 400, func() bool { return w.count(ReasonDeadlineExceeded) > 0 })
			w.silent = false // so that the way back ends
			for range 10 {
				w.step(5 * time.Second)
			}
			s := w.status()
			if s.Phase != phase || s.LastVerdict.Reason != c.reason || s.LastVerdict.Result != v1alpha1.VerdictInconclusive {
				t.Errorf("%s, %s: %s", c.reason, on, encode(t, *s))
			}
			if phase == v1alpha1.CanaryRolledBack && s.History[0].Reason != c.reason {
				t.Errorf("%s: the history says %s", c.reason, s.History[0].Reason)
			}
		}
	}
}

// TestRefusalsSayWhy [D25].
func TestRefusalsSayWhy(t *testing.T) {
	for name, c := range map[string]struct {
		reach   func(*world)
		command v1alpha1.Command
		why     string
	}{
		"without an ID": {func(w *world) { w.untilWeight(5) }, v1alpha1.Command{Action: v1alpha1.ActionPause, Revision: "h2"}, "no ID"},
		"in a conflict": {func(w *world) {
			w.untilWeight(5)
			w.beforeNext = func(in *Input) { in.Conflict = "another Canary is older" }
		}, v1alpha1.Command{ID: "1", Action: v1alpha1.ActionPause, Revision: "h2"}, "another Canary is older"},
		"promote what does harm": {func(w *world) {
			w.badStable, w.badCanary = 0, 0.5
			w.untilWeight(5)
			w.stable = 0 // there is nowhere to go back to
			w.beforeNext = func(in *Input) { in.Batch.Stable.Pods[""] = PodCounts{Requests: 500} }
			w.until("harm", 50, func() bool { return w.count(ReasonVerdictHarm) > 0 })
		}, v1alpha1.Command{ID: "1", Action: v1alpha1.ActionPromote, Revision: "h2"}, "does harm"},
		"retry what newer pods have replaced": {func(w *world) {
			w.badCanary = 0.5
			w.untilPhase(v1alpha1.CanaryRolledBack)
			w.beforeNext = func(in *Input) { in.Revision = "" }
		}, v1alpha1.Command{ID: "1", Action: v1alpha1.ActionRetry, Revision: "h2"}, "the newest pods are of revision"},
		"retry what was promoted": {func(w *world) { w.untilPhase(v1alpha1.CanaryPromoted) },
			v1alpha1.Command{ID: "1", Action: v1alpha1.ActionRetry, Revision: "h2"}, "was not rejected"},
	} {
		w := newWorld(t)
		c.reach(w)
		w.order(c.command)
		w.step(time.Second)
		if last := w.status().LastCommand; last == nil || !strings.Contains(last.Refused, c.why) {
			t.Errorf("%s: %+v", name, last)
		}
	}
}

// TestHistoryKeepsTheLatestRuns with their verdicts.
func TestHistoryKeepsTheLatestRuns(t *testing.T) {
	w := newWorld(t)
	w.badCanary = 0.5
	for n := range historyKept + 3 {
		w.revision = fmt.Sprintf("h%d", n)
		w.until(w.revision, 200, func() bool { return w.status().Rejected == w.revision && w.status().Phase == v1alpha1.CanaryRolledBack })
	}
	all := w.status().History
	if len(all) != historyKept || all[0].Revision != w.revision {
		t.Fatalf("%d records, the first of %s", len(all), all[0].Revision)
	}
	for _, r := range all {
		if r.Verdict == nil || r.Verdict.Result != v1alpha1.VerdictFail || r.Verdict.E == "" || r.Verdict.Canary.Requests == 0 {
			t.Errorf("%s has the verdict %+v", r.Revision, r.Verdict)
		}
	}
}

// A promoted version whose pods are gone gives its requests back, as there is somebody to take them.
func TestPromotedVersionWithoutPodsGoesBack(t *testing.T) {
	w := newWorld(t)
	w.untilPhase(v1alpha1.CanaryPromoted)
	w.serving = 0
	w.step(time.Second)
	s := w.status()
	if s.Phase != v1alpha1.CanaryRollingBack || s.Weight.Desired != 0 || s.History[0].Reason != ReasonNoServingPods || s.Promoted != "" {
		t.Errorf("%s", encode(t, *s))
	}
}
