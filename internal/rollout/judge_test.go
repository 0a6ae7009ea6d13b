package rollout

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
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
	test := w.status().Evidence.Test(v1alpha1.MetricErrors)
	length := len(test.LogFactors)
	test.LogFactors[3] = "much"
	w.step(5 * time.Second)
	if got := w.status().Evidence.Test(v1alpha1.MetricErrors).LogFactors; w.count(ReasonEvidenceLost) != 1 || len(got) != length {
		t.Errorf("%d events, %v", w.count(ReasonEvidenceLost), got)
	}
}

func TestVerdictHasTheNumbersOfEachMetric(t *testing.T) {
	w := newWorld(t)
	w.badStable, w.badCanary = 0.002, 0.2
	w.untilPhase(v1alpha1.CanaryRolledBack)
	v := w.status().LastVerdict
	m := v.Metrics[0]
	if v.Revision != "h2" || v.Sequence != w.status().Position.Sequence-1 || m.Metric != v1alpha1.MetricErrors ||
		m.E != v.E || m.Threshold != "100" || m.Canary.Events == 0 || m.Canary.Requests > v.Canary.Requests || m.AtLeast == "" {
		t.Errorf("%+v", v)
	}
	w = newWorld(t)
	w.badStable, w.badCanary = 0.02, 0.02
	w.canary.Spec.Steps = []v1alpha1.CanaryStep{{Weight: 20, Duration: seconds(600)}}
	w.untilPhase(v1alpha1.CanaryPromoted)
	if v := w.status().LastVerdict; v.Metrics[0].ExcludedAbove == "" || v.Metrics[0].AtLeast != "" ||
		!strings.Contains(v.Message, " times as frequent are ruled out") {
		t.Errorf("%+v", v)
	}
}

// TestStepThatHasRuledHarmOutEndsEarly [D25] has a margin. The stable version must have errors: without them nothing can be
// ruled out.
func TestStepThatHasRuledHarmOutEndsEarly(t *testing.T) {
	took := func(stable, canary float64, margin string) time.Duration {
		w := newWorld(t)
		w.badStable, w.badCanary = stable, canary
		w.canary.Spec.Steps = []v1alpha1.CanaryStep{{Weight: 20, Duration: seconds(3600)}}
		w.canary.Spec.StepDeadline = seconds(7200)
		w.canary.Spec.Analysis = &v1alpha1.CanaryAnalysis{ToleratedRatio: quantity("2")}
		if margin != "" {
			w.canary.Spec.Analysis.PassWhenExcluded = quantity(margin)
		}
		w.untilWeight(20)
		began := w.now
		w.until("the step's end", 1000, func() bool { return w.desired() != 20 })
		if w.status().Phase == v1alpha1.CanaryRollingBack {
			t.Errorf("errors %v and %v, margin %q: rolled back", stable, canary, margin)
		}
		return w.now.Sub(began)
	}
	for _, c := range []struct {
		reason         string
		stable, canary float64
		margin         string
		early          bool
	}{
		{"an equal version shows it", 0.02, 0.02, "3", true},
		{"nobody asked", 0.02, 0.02, "", false},
		{"there is nothing to compare", 0, 0, "3", false},
		{"the margin is the ratio that there is", 0.02, 0.036, "1.8", false},
	} {
		if got := took(c.stable, c.canary, c.margin); (got < 30*time.Minute) != c.early {
			t.Errorf("%s: the step took %s", c.reason, got)
		}
	}
}

// A cluster of five counts as one where the spec says so; and one pod is enough where it says that.
func TestClusterSizeAndPodsOfTheSpecCount(t *testing.T) {
	size, one := int32(5), int32(1)
	log := func(analysis *v1alpha1.CanaryAnalysis) float64 {
		w := newWorld(t)
		w.canary.Spec.Analysis = analysis
		w.badStable, w.badCanary = 0.05, 0.06
		w.untilWeight(5)
		for range 10 {
			w.step(5 * time.Second)
		}
		got, err := strconv.ParseFloat(w.status().Evidence.Test(v1alpha1.MetricErrors).LogFactors[3], 64)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if whole, part := log(nil), log(&v1alpha1.CanaryAnalysis{ClusterSize: &size}); math.Abs(whole-5*part) > 1e-9 || whole == 0 {
		t.Errorf("log factors %v and %v", whole, part)
	}
	w := newWorld(t)
	w.failing, w.badCanary = 1, 0.9
	w.canary.Spec.Analysis = &v1alpha1.CanaryAnalysis{MinPods: &one}
	w.untilPhase(v1alpha1.CanaryRolledBack)
	if w.status().History[0].Reason != ReasonErrorRate {
		t.Errorf("%+v", w.status().History[0])
	}
}
