package rollout

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

func TestGoodVersionIsPromotedStepByStep(t *testing.T) {
	w := newWorld(t)
	start := w.now
	w.untilPhase(v1alpha1.CanaryPromoted)
	if diff := cmp.Diff([]int32{0, 0, 5, 20, 50, 100}, w.walked); diff != "" {
		t.Errorf("weights (-want +got):\n%s", diff)
	}
	if took := w.now.Sub(start); took < 3*time.Minute {
		t.Errorf("three steps of a minute took %s", took)
	}
	s := w.status()
	if s.Run.Revision != "h2" || s.Weight.Acknowledged != 100 || s.History[0].Phase != v1alpha1.CanaryPromoted {
		t.Errorf("%s", encode(t, *s))
	}
	w.wants(t, ReasonRevisionDetected, ReasonStepStarted, ReasonStepAcknowledged, ReasonStepPassed,
		ReasonPromotionStarted, ReasonPromoted)
	if s.LastVerdict.Result != v1alpha1.VerdictPass || s.LastVerdict.Threshold != "100" || s.LastVerdict.E == "" {
		t.Errorf("verdict %+v", s.LastVerdict)
	}
}

// TestPromotedRevisionIsPublished: from the promotion on, and until another one is there (scenario 17). An edit that makes it
// the stable version takes nothing away.
func TestPromotedRevisionIsPublished(t *testing.T) {
	w := newWorld(t)
	w.afterNext = func(d Decision) {
		if s := d.Status; s.Promoted == "h2" && (s.Run.Revision == "h2" && s.Phase != v1alpha1.CanaryPromoted) {
			t.Fatalf("%s", encode(t, s))
		}
	}
	w.untilPhase(v1alpha1.CanaryPromoted)
	if w.status().Promoted != "h2" {
		t.Fatalf("%s", encode(t, *w.status()))
	}
	w.revision = "h3"
	w.step(time.Second)
	if w.status().Promoted != "" || w.status().Phase != v1alpha1.CanaryRollingBack {
		t.Fatalf("%s", encode(t, *w.status()))
	}
	w.untilPhase(v1alpha1.CanaryPromoted)
	if w.status().Promoted != "h3" {
		t.Errorf("%s", encode(t, *w.status()))
	}
	w.canary.Generation++
	w.canary.Spec.Workloads, w.revision = workloads("v2", "v3"), "h4"
	w.untilWeight(20)
	w.badCanary = 0.5
	w.untilPhase(v1alpha1.CanaryRolledBack)
	if w.status().Promoted != "h3" {
		t.Errorf("h4 was rolled back, and h3 serves: %s", encode(t, *w.status()))
	}
	for _, c := range w.status().Conditions {
		if c.ObservedGeneration != w.canary.Generation {
			t.Errorf("the condition %s is about generation %d", c.Type, c.ObservedGeneration)
		}
	}
}

func TestNothingToDoWritesNothing(t *testing.T) {
	for _, phase := range []v1alpha1.CanaryPhase{v1alpha1.CanaryWaiting, v1alpha1.CanaryPromoted, v1alpha1.CanaryRolledBack} {
		w := newWorld(t)
		switch phase {
		case v1alpha1.CanaryWaiting:
			w.revision, w.serving, w.total = "", 0, 0
		case v1alpha1.CanaryRolledBack:
			w.badCanary = 0.5
		}
		w.untilPhase(phase)
		for range 5 {
			w.step(time.Second)
		}
		before := encode(t, *w.status())
		for range 10 {
			d := w.step(time.Hour)
			if after := encode(t, d.Status); after != before || len(d.Events) > 0 || d.RequeueAfter != 0 {
				t.Fatalf("%s: %v, again in %s\n%s\n%s", phase, d.Events, d.RequeueAfter, before, after)
			}
		}
	}
}

func TestStepLastsFromItsAcknowledgement(t *testing.T) {
	w := newWorld(t)
	w.delay = 20 // 100 s
	w.untilWeight(5)
	stored := w.now
	w.until("acknowledged", 50, func() bool { return w.status().AcknowledgedAt != nil })
	acknowledged := w.now
	w.untilWeight(20)
	if acknowledged.Sub(stored) < 100*time.Second || w.now.Sub(acknowledged) < time.Minute {
		t.Errorf("stored at %s, acknowledged at %s, left at %s", stored, acknowledged, w.now)
	}
}

func TestStepWantsRequests(t *testing.T) {
	w := newWorld(t)
	want := int64(2500)
	w.canary.Spec.Steps[0].MinRequests = &want
	w.untilWeight(5)
	var last v1alpha1.Counts
	w.until("weight 20", 400, func() bool {
		if w.desired() == 20 {
			return true
		}
		last = w.status().Evidence.StepCanary
		return false
	})
	if last.Requests < 2400 { // one batch brings about 50
		t.Errorf("the step was left with %d requests", last.Requests)
	}
}

func TestCapacityIsAskedBeforeEachWeight(t *testing.T) {
	w := newWorld(t)
	w.serving = 1 // of 4 stable ones: enough for 25 %
	w.untilWeight(20)
	for range 30 {
		w.step(5 * time.Second)
	}
	if w.desired() != 20 || waitsFor(w.status().Position) != ReasonCapacity || w.count(ReasonCapacity) != 1 {
		t.Fatalf("weight %d, %+v, %d events", w.desired(), w.status().Position, w.count(ReasonCapacity))
	}
	w.serving = 2
	w.untilWeight(50)
	w.serving = 4
	w.untilPhase(v1alpha1.CanaryPromoted)
}

// An autoscaler makes pods when their load has come, so it can't have made them before [D17].
func TestAnAutoscalerIsTrustedWithHalfOfThePods(t *testing.T) {
	for name, tc := range map[string]struct {
		reason                         string
		stable, serving, total, growTo int
		open                           bool
	}{
		"Half":    {"it doubles them at once", 4, 1, 1, 10, true},
		"TooFew":  {"one pod can't carry the load of three", 6, 1, 1, 10, false},
		"Coming":  {"a pod that starts is waited for", 4, 1, 2, 10, false},
		"Limit":   {"it may not make as many as the share needs", 4, 1, 1, 1, false},
		"None":    {"without one, nobody adds pods", 4, 1, 1, 0, false},
		"NoPod":   {"from nothing there is nobody to send requests to", 4, 0, 0, 10, false},
		"Already": {"all pods are there", 4, 2, 2, 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.canary.Spec.Steps = []v1alpha1.CanaryStep{{Weight: 10}, {Weight: 50}}
			w.serving, w.total = 1, 1
			w.untilWeight(10)
			w.stable, w.serving, w.total = tc.stable, tc.serving, tc.total
			w.beforeNext = func(in *Input) { in.MayGrow = tc.growTo }
			for range 40 {
				w.step(5 * time.Second)
			}
			if open := w.desired() == 50; open != tc.open {
				t.Errorf("%s: weight %d", tc.reason, w.desired())
			}
		})
	}
}

func TestSilentProxyBlocksUntilItIsGone(t *testing.T) {
	w := newWorld(t)
	w.canary.Spec.OnInconclusive = v1alpha1.InconclusiveHold
	w.untilWeight(5)
	w.silent = true
	w.until("timeout", 400, func() bool { return w.count(ReasonAcknowledgementTimeout) > 0 })
	if got := w.message(ReasonAcknowledgementTimeout); got != "2 of 3 proxies have acknowledged; waiting for shop/deaf" {
		t.Errorf("event: %s", got)
	}
	if w.desired() != 5 || w.status().Weight.Acknowledged != 0 {
		t.Fatalf("%+v", w.status().Weight)
	}
	w.silent, w.proxies = false, 2
	w.untilPhase(v1alpha1.CanaryPromoted)
	if w.count(ReasonDeadlineExceeded) != 1 {
		t.Errorf("the deadline was told %d times", w.count(ReasonDeadlineExceeded))
	}
}

func TestAllReplicasMustHaveReported(t *testing.T) {
	w := newWorld(t)
	w.untilWeight(5)
	w.undecided = true
	for range 400 {
		w.step(5 * time.Second)
	}
	if w.desired() != 5 || w.status().AcknowledgedAt != nil {
		t.Errorf("moved on without all replicas: %+v", w.status().Weight)
	}
	w.untilAcknowledged()
	w.canary.Spec.OnInconclusive = v1alpha1.InconclusivePromote
	for range 400 {
		w.step(5 * time.Second)
	}
	if w.desired() != 5 || waitsFor(w.status().Position) != ReasonReplicas {
		t.Fatalf("moved on without all replicas: %s", encode(t, *w.status()))
	}
	w.badStable, w.badCanary = 0, 0.9
	w.untilPhase(v1alpha1.CanaryRollingBack)
}

func TestEditOfStepsKeepsTheCurrentWeight(t *testing.T) {
	w := newWorld(t)
	w.untilWeight(20)
	w.canary.Generation++
	w.canary.Spec.Steps = []v1alpha1.CanaryStep{{Weight: 10}, {Weight: 60}}
	w.untilPhase(v1alpha1.CanaryPromoted)
	if want := []int32{0, 0, 5, 20, 60, 100}; !slices.Equal(w.walked, want) {
		t.Errorf("weights %v, want %v", w.walked, want)
	}
}

func TestPromotedVersionBecomesTheStableOne(t *testing.T) {
	w := newWorld(t)
	w.untilPhase(v1alpha1.CanaryPromoted)
	w.canary.Generation++
	w.canary.Spec.Workloads = workloads("v2", "v3")
	w.revision = "h3"
	w.step(time.Second)
	s := w.status()
	if s.Phase != v1alpha1.CanaryWaiting || s.Run.Stable.MatchLabels["version"] != "v2" || s.Weight.Desired != 0 {
		t.Fatalf("%s", encode(t, *s))
	}
	w.untilPhase(v1alpha1.CanaryPromoted)
	if want := []int32{0, 0, 5, 20, 50, 100, 0, 0, 5, 20, 50, 100}; !slices.Equal(w.walked, want) {
		t.Errorf("weights %v", w.walked)
	}
	if len(w.status().History) != 2 || w.status().Run.Revision != "h3" {
		t.Errorf("history %+v", w.status().History)
	}
}

func TestOtherWorkloadsMustServeFirst(t *testing.T) {
	w := newWorld(t)
	w.untilPhase(v1alpha1.CanaryPromoted)
	w.canary.Generation++
	w.canary.Spec.Workloads = workloads("v8", "v9")
	w.step(time.Second)
	if w.status().Phase != v1alpha1.CanaryPromoted || w.desired() != 100 {
		t.Fatalf("moved to pods that don't serve: %s", encode(t, *w.status()))
	}
	w.nextStable = 1
	w.step(time.Second)
	if w.status().Run.Stable.MatchLabels["version"] != "v8" {
		t.Fatalf("%s", encode(t, *w.status()))
	}
}
