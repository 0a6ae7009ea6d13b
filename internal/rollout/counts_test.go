package rollout

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// orders are counters of both versions' pods. They rise with each reading.
type orders struct {
	random         *rand.Rand
	totals, before map[string]Totals
	fails          map[string]float64 // by pod
	last           string
}

func (o *orders) read(q Measure) (Reading, bool) {
	if q.ID != o.last {
		o.last = q.ID
		next := map[string]Totals{}
		for pod, rate := range o.fails {
			t := o.totals[pod]
			n := 20
			if strings.HasPrefix(pod, "reviews-v1") {
				n = 200
			}
			for range n {
				t.Of++
				if o.random.Float64() < rate {
					t.Events++
				}
			}
			next[pod] = t
		}
		o.totals = next
	}
	return Reading{Pods: o.totals, Before: o.before}, true
}

// judgeOrders has a metric of counts, and an operator that remembers what was noted.
func judgeOrders(w *world, stable, canary float64) *orders {
	o := &orders{random: w.random, fails: map[string]float64{"reviews-v1-a": stable, "reviews-v1-b": stable, "reviews-v2-a": canary, "else": 1},
		totals: map[string]Totals{"reviews-v1-a": {Events: 1000, Of: 1000}, "reviews-v2-a": {Events: 1000, Of: 1000}}}
	measure(w, o.read, v1alpha1.CanaryMetric{Name: "orders", Counts: &v1alpha1.PrometheusCounts{
		Address: "http://prometheus:9090", Events: `failed{pod=~"{{pods}}"}`, Of: `all{pod=~"{{pods}}"}`,
	}})
	after := w.afterNext
	w.afterNext = func(d Decision) {
		after(d)
		if len(d.Took) > 0 {
			o.before = o.totals
		}
	}
	w.canary.Spec.Steps = []v1alpha1.CanaryStep{{Weight: 10, Duration: seconds(600)}, {Weight: 50}}
	return o
}

// TestCountsOfAnotherSystem [D24]: more failed orders take the share away, as many do not. What was counted before the
// first reading is nobody's fault.
func TestCountsOfAnotherSystem(t *testing.T) {
	w := newWorld(t)
	one := int32(1)
	judgeOrders(w, 0.01, 0.3)
	w.canary.Spec.Analysis.MinPods = &one
	w.untilPhase(v1alpha1.CanaryRolledBack)
	v := w.status().LastVerdict
	if v.Reason != ReasonMetric || v.Threshold != "200" || v.Metrics[1].Metric != "counts orders" || v.Metrics[1].Canary.Requests == 0 ||
		!strings.HasPrefix(v.Message, "orders: ") {
		t.Errorf("%+v", v)
	}
	for seed := range uint64(5) {
		w = newWorld(t)
		w.random = rand.New(rand.NewPCG(seed, 4))
		judgeOrders(w, 0.05, 0.05)
		w.untilPhase(v1alpha1.CanaryPromoted)
	}
}

// A restarted operator has no reading to count from: it says so, and the step waits for the next one.
func TestCountsBeginAnewAfterARestart(t *testing.T) {
	w := newWorld(t)
	o := judgeOrders(w, 0.05, 0.05)
	w.untilWeight(10)
	w.until("a comparison", 60, func() bool {
		return slices.ContainsFunc(w.status().Metrics, func(r v1alpha1.MetricReading) bool { return r.State == v1alpha1.MetricGood })
	})
	before := w.status().Evidence.Test("counts orders").Canary
	o.before = nil
	w.until("a reading to count from", 20, func() bool { return w.status().Metrics[0].State == v1alpha1.MetricBegun })
	if after := w.status().Evidence.Test("counts orders").Canary; after != before {
		t.Errorf("%+v became %+v", before, after)
	}
	w.untilPhase(v1alpha1.CanaryPromoted)
}

func TestOnlyWhatHasRisenCounts(t *testing.T) {
	r := Reading{
		Before: map[string]Totals{"a": {Events: 1, Of: 100}, "anew": {Events: 5, Of: 500}, "still": {Events: 0, Of: 10}, "more": {Events: 0, Of: 0}},
		Pods:   map[string]Totals{"a": {Events: 3.02, Of: 150}, "anew": {Events: 1, Of: 20}, "still": {Events: 0, Of: 10}, "new": {Events: 7, Of: 70}, "more": {Events: 9, Of: 4}, "other": {Events: 1, Of: 1}},
	}
	got := risenIn(r, []string{"a", "anew", "still", "new", "more", "gone"})
	if len(got.Pods) != 2 || got.Pods["a"].Requests != 50 || got.Pods["a"].Errors != 2 || got.Pods["more"].Requests != 4 || got.Pods["more"].Errors != 4 {
		t.Errorf("%+v", got.Pods)
	}
}
