package rollout

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/eprocess"
)

// A judge that took the configured weight for the share would see ten times too many errors on the new version here.
func TestShareIsMeasuredWhereMoreArrivesThanConfigured(t *testing.T) {
	for seed := range uint64(10) {
		w := newWorld(t)
		w.random = rand.New(rand.NewPCG(seed, 1))
		w.badStable, w.badCanary = 0.01, 0.01
		w.share = func(weight int32) float64 { return min(1, float64(weight)/10) }
		w.canary.Spec.Steps = []v1alpha1.CanaryStep{{Weight: 5, Duration: seconds(120)}}
		w.untilPhase(v1alpha1.CanaryPromoted)
		if w.count(ReasonVerdictHarm) > 0 {
			t.Errorf("seed %d: harm was found", seed)
		}
	}
}

// And here it would see ten times too few, and let a harmful version pass.
func TestShareIsMeasuredWhereLessArrivesThanConfigured(t *testing.T) {
	for seed := range uint64(10) {
		w := newWorld(t)
		w.random = rand.New(rand.NewPCG(seed, 1))
		w.badStable, w.badCanary = 0.01, 0.08
		w.share = func(weight int32) float64 { return float64(weight) / 1000 }
		w.canary.Spec.Steps = []v1alpha1.CanaryStep{{Weight: 50, Duration: seconds(300)}}
		w.untilPhase(v1alpha1.CanaryRolledBack)
		if w.status().History[0].Reason != ReasonErrorRate {
			t.Errorf("seed %d: %+v", seed, w.status().History[0])
		}
	}
}

func TestObservedWeightIsTheMeasuredShare(t *testing.T) {
	w := newWorld(t)
	w.share = func(weight int32) float64 { return float64(weight) / 200 }
	w.untilWeight(50)
	for range 10 {
		w.step(5 * time.Second)
	}
	got := w.status().Weight.Observed.AsApproximateFloat64()
	if got < 23 || got > 27 {
		t.Errorf("observed %v, want about 25", got)
	}
}

func TestSettingsOfTheSpecCount(t *testing.T) {
	w := newWorld(t)
	w.canary.Spec.Analysis = &v1alpha1.CanaryAnalysis{FalseAlarm: quantity("1m"), ToleratedRatio: quantity("3")}
	w.badStable, w.badCanary = 0.02, 0.05
	w.untilPhase(v1alpha1.CanaryPromoted)
	if w.status().LastVerdict.Threshold != "1000" {
		t.Errorf("threshold %s", w.status().LastVerdict.Threshold)
	}
	w = newWorld(t)
	w.canary.Spec.Analysis = &v1alpha1.CanaryAnalysis{ToleratedRatio: quantity("1")}
	w.badStable, w.badCanary = 0.01, 0.05
	w.untilPhase(v1alpha1.CanaryRolledBack)
}

func TestUnreadableEvidenceBeginsAnew(t *testing.T) {
	w := newWorld(t)
	w.untilWeight(20)
	w.status().Evidence.LogFactors[3] = "much"
	w.step(5 * time.Second)
	if w.count(ReasonEvidenceLost) != 1 || len(w.status().Evidence.LogFactors) != len(eprocess.New(eprocess.Setup{Ratio: 1}).Text()) {
		t.Errorf("%d events, %v", w.count(ReasonEvidenceLost), w.status().Evidence.LogFactors)
	}
}

func pods(n int, each PodCounts) Arm {
	a := Arm{Pods: map[string]PodCounts{}}
	for i := range n {
		a.Pods[strconv.Itoa(i)] = each
	}
	return a
}

func TestErrorsOfOnePodInOneSecondAreOne(t *testing.T) {
	for _, c := range []struct {
		reason                 string
		stable, canary         Arm
		wantStable, wantCanary int64
	}{
		{"a burst on one pod of the canary is one error",
			pods(1, PodCounts{Requests: 100}), pods(1, PodCounts{Requests: 100, Errors: 50, LeastErrorSeconds: 1, MostErrorSeconds: 3}), 0, 1},
		{"the same on both",
			pods(1, PodCounts{Requests: 100, Errors: 50, LeastErrorSeconds: 1, MostErrorSeconds: 1}),
			pods(1, PodCounts{Requests: 100, Errors: 50, LeastErrorSeconds: 1, MostErrorSeconds: 1}), 1, 1},
		{"two pods, two errors",
			pods(1, PodCounts{Requests: 100}), pods(2, PodCounts{Requests: 100, Errors: 50, LeastErrorSeconds: 1, MostErrorSeconds: 1}), 0, 2},
		{"a stable pod with nineteen times the requests counts as nineteen pods",
			pods(1, PodCounts{Requests: 190, Errors: 50, LeastErrorSeconds: 1, MostErrorSeconds: 1}),
			pods(1, PodCounts{Requests: 10}), 19, 0},
		{"single errors stay what they are",
			pods(1, PodCounts{Requests: 190, Errors: 3, LeastErrorSeconds: 3, MostErrorSeconds: 3}),
			pods(1, PodCounts{Requests: 10, Errors: 2, LeastErrorSeconds: 2, MostErrorSeconds: 2}), 3, 2},
		{"a second that an earlier batch has counted is not counted again",
			pods(1, PodCounts{Requests: 10}), pods(1, PodCounts{Requests: 10, Errors: 5}), 0, 0},
	} {
		got := guarded(Batch{Stable: c.stable, Canary: c.canary})
		if got.Baseline.Errors != c.wantStable || got.Canary.Errors != c.wantCanary {
			t.Errorf("%s: stable %d, canary %d", c.reason, got.Baseline.Errors, got.Canary.Errors)
		}
	}
}

// An equal version with clustered errors is rolled back in at most alpha of the runs, also where a stable pod gets many
// times the requests of a canary pod. The same runs without the guard alarm far more often.
func TestFalseAlarmsWithClusteredErrors(t *testing.T) {
	const runs, alpha, most = 150, 0.05, 16 // more than 16 of 150 has a probability below 0.2 %
	for _, c := range []struct {
		stablePods, canaryPods int
		share                  float64
	}{{1, 1, 0.05}, {4, 4, 0.5}} {
		guardedAlarms, plainAlarms := 0, 0
		for seed := range uint64(runs) {
			s := clustered{random: rand.New(rand.NewPCG(seed, 7)), pods: [2]int{c.stablePods, c.canaryPods}, share: c.share}
			withGuard, without := s.alarms(1500, alpha)
			if withGuard {
				guardedAlarms++
			}
			if without {
				plainAlarms++
			}
		}
		if guardedAlarms > most || plainAlarms <= most {
			t.Errorf("%+v: %d alarms of %d with the guard, %d without", c, guardedAlarms, runs, plainAlarms)
		}
	}
}

// clustered draws equal versions at 200 requests a second. Two of a thousand requests start a cluster of five errors in
// one second of one pod.
type clustered struct {
	random *rand.Rand
	pods   [2]int
	share  float64
}

func (c clustered) alarms(seconds int, alpha float64) (withGuard, without bool) {
	guard, plain := eprocess.New(eprocess.Setup{Ratio: 1}), eprocess.New(eprocess.Setup{Ratio: 1})
	for range seconds {
		b := Batch{Stable: c.arm(0, 200*(1-c.share)), Canary: c.arm(1, 200*c.share)}
		g := guarded(b)
		guard = guard.Add(g)
		g.Canary.Errors, g.Baseline.Errors = errorsOf(b.Canary), errorsOf(b.Stable)
		plain = plain.Add(g)
		withGuard = withGuard || crossed(guard, alpha)
		without = without || crossed(plain, alpha)
	}
	return withGuard, without
}

func (c clustered) arm(which int, requests float64) Arm {
	a := Arm{Pods: map[string]PodCounts{}}
	for pod := range c.pods[which] {
		each := int64(requests) / int64(c.pods[which])
		p := PodCounts{Requests: each}
		for range each {
			if c.random.Float64() < 0.002 {
				p.Errors = min(each, p.Errors+5)
			}
		}
		if p.Errors > 0 {
			p.LeastErrorSeconds, p.MostErrorSeconds = 1, 1
		}
		a.Pods[strconv.Itoa(pod)] = p
	}
	return a
}

func errorsOf(a Arm) int64 {
	var n int64
	for _, p := range a.Pods {
		n += p.Errors
	}
	return n
}

func crossed(t eprocess.Test, alpha float64) bool { return t.LogE() >= -logOf(alpha) }
