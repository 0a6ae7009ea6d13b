package rollout

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// pushedOrders are counters that pods push, with bounds or without.
func pushedOrders() v1alpha1.CanaryMetric {
	return v1alpha1.CanaryMetric{Name: "orders", OTLP: &v1alpha1.OTLPMetric{
		Events: &v1alpha1.OTLPSeries{Metric: "orders", Attributes: map[string]string{"result": "failed"}}, Of: &v1alpha1.OTLPSeries{Metric: "orders"},
	}}
}

// TestPushedCountersAreTested [D24] as those of another system are, without a bound.
func TestPushedCountersAreTested(t *testing.T) {
	one := int32(1)
	for canary, phase := range map[float64]v1alpha1.CanaryPhase{0.3: v1alpha1.CanaryRolledBack, 0.05: v1alpha1.CanaryPromoted} {
		w := newWorld(t)
		w.random = rand.New(rand.NewPCG(3, 4))
		judgeOrders(w, 0.05, canary)
		w.canary.Spec.Analysis.Metrics[0] = pushedOrders()
		w.canary.Spec.Analysis.MinPods = &one
		after, asked := w.afterNext, []Measure(nil)
		w.afterNext = func(d Decision) {
			after(d)
			asked = append(asked, d.Measure...)
		}
		w.untilPhase(phase)
		if v := w.status().LastVerdict; v.Threshold != "200" || v.Metrics[1].Metric != "counts orders" || v.Metrics[1].Canary.Requests == 0 {
			t.Errorf("%v: %+v", canary, v)
		}
		want := &Push{Namespace: "shop", Pods: PodNames{Stable: []string{"reviews-v1-a", "reviews-v1-b"}, Canary: []string{"reviews-v2-a"}}, Of: *pushedOrders().OTLP}
		if diff := cmp.Diff(want, asked[0].Push); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// TestPushedCountersWithinBounds [D24]: a part of all that happened since the reading before, of one version or beside the other.
func TestPushedCountersWithinBounds(t *testing.T) {
	for name, c := range map[string]struct {
		bound  func(*v1alpha1.CanaryMetric)
		canary float64
		phase  v1alpha1.CanaryPhase
		says   string
	}{
		"within a bound":     {func(m *v1alpha1.CanaryMetric) { m.Max = quantity("0.9") }, 0.3, v1alpha1.CanaryPromoted, ""},
		"above a bound":      {func(m *v1alpha1.CanaryMetric) { m.Max = quantity("0.1") }, 0.9, v1alpha1.CanaryRolledBack, "at most 0.1 is allowed; 3 times in a row"},
		"as the stable one":  {func(m *v1alpha1.CanaryMetric) { m.MaxRatio = quantity("9") }, 0.3, v1alpha1.CanaryPromoted, ""},
		"not the stable one": {func(m *v1alpha1.CanaryMetric) { m.MaxRatio = quantity("1.1") }, 0.9, v1alpha1.CanaryRolledBack, "of the stable version"},
	} {
		w := newWorld(t)
		judgeOrders(w, 0.3, c.canary)
		m := pushedOrders()
		c.bound(&m)
		w.canary.Spec.Analysis.Metrics[0] = m
		w.untilPhase(c.phase)
		if v := w.status().LastVerdict; c.says != "" && (v.Reason != ReasonMetric || !strings.Contains(v.Message, c.says)) {
			t.Errorf("%s: %+v", name, v)
		}
		if w.status().Evidence.Test("counts orders") != nil {
			t.Errorf("%s: a number with a bound is tested, too", name)
		}
	}
}

// A pod that has begun anew has not counted from what it said before, though its counters are higher.
func TestCountersThatBeganAnew(t *testing.T) {
	r := Reading{
		Before: map[string]Totals{"a": {Events: 5, Of: 500, Began: 1}, "b": {Events: 5, Of: 500, Began: 1}},
		Pods:   map[string]Totals{"a": {Events: 50, Of: 600, Began: 2}, "b": {Events: 6, Of: 600, Began: 1}},
	}
	if got := risenIn(r, []string{"a", "b"}); len(got.Pods) != 1 || got.Pods["b"].Errors != 1 {
		t.Errorf("%+v", got.Pods)
	}
}
