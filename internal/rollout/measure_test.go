package rollout

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// sources answer the questions of the decision before, as an operator does that reads aside.
type sources struct {
	w       *world
	asked   []Measure
	answers func(Measure) (Reading, bool) // false: there is none yet
	pending []Measure
}

func measure(w *world, answers func(Measure) (Reading, bool), metrics ...v1alpha1.CanaryMetric) *sources {
	s := &sources{w: w, answers: answers}
	w.canary.Spec.Analysis = &v1alpha1.CanaryAnalysis{Metrics: metrics}
	w.beforeNext = func(in *Input) {
		in.Pods = PodNames{Stable: []string{"reviews-v1-a", "reviews-v1-b"}, Canary: []string{"reviews-v2-a"}}
		in.Templates = []v1alpha1.MetricTemplate{{Name: "orders", MetricSource: v1alpha1.MetricSource{
			HTTP: &v1alpha1.HTTPNumber{URL: "http://orders/{{namespace}}/rate?pods={{pods}}", Field: "rate"},
		}}}
		for _, q := range s.pending {
			if r, is := s.answers(q); is {
				r.ID = q.ID
				in.Readings = append(in.Readings, r)
			}
		}
	}
	w.afterNext = func(d Decision) {
		s.asked = append(s.asked, d.Measure...)
		if len(d.Measure) > 0 { // older readings stay in memory
			s.pending = d.Measure
		}
	}
	return s
}

func value(v float64) func(Measure) (Reading, bool) {
	return func(Measure) (Reading, bool) { return Reading{Canary: v}, true }
}

func atMostTen() v1alpha1.CanaryMetric {
	return v1alpha1.CanaryMetric{Name: "queue", Max: quantity("10"), MetricSource: v1alpha1.MetricSource{
		Prometheus: &v1alpha1.PrometheusQuery{Address: "http://prometheus:9090/", Query: `sum(rate(x{pod=~"{{pods}}"}[{{interval}}]))`},
	}}
}

// TestMetricWithinBoundsPasses [D24]: it is read every interval while there is a share, and with the names of the pods.
func TestMetricWithinBoundsPasses(t *testing.T) {
	w := newWorld(t)
	s := measure(w, value(10), atMostTen())
	w.untilPhase(v1alpha1.CanaryPromoted)
	first := s.asked[0]
	if want := "http://prometheus:9090/api/v1/query?query=sum%28rate%28x%7Bpod%3D~%22reviews-v2-a%22%7D%5B30s%5D%29%29"; first.Canary != want || first.Field != "" || first.Stable != "" {
		t.Errorf("%+v", first)
	}
	ids := map[string]bool{}
	for _, q := range s.asked {
		ids[q.ID] = true
	}
	if n := len(ids); n < 6 || n > 12 { // three steps of a minute, and what the last step takes to be acknowledged
		t.Errorf("read %d times", n)
	}
}

// TestMetricOutOfBoundsGoesBack [D24] after three readings in a row, and not before.
func TestMetricOutOfBoundsGoesBack(t *testing.T) {
	w := newWorld(t)
	s := measure(w, value(11), atMostTen())
	w.untilPhase(v1alpha1.CanaryRolledBack)
	v := w.status().LastVerdict
	if v.Result != v1alpha1.VerdictFail || v.Reason != ReasonMetric || v.Message != "queue: 11, at most 10 is allowed; 3 times in a row" {
		t.Errorf("%+v", v)
	}
	ids := map[string]bool{}
	for _, q := range s.asked {
		ids[q.ID] = true
	}
	if len(ids) != 3 {
		t.Errorf("read %d times", len(ids))
	}
	w = newWorld(t)
	values, n := []float64{11, 11, 9}, -1
	last := ""
	measure(w, func(q Measure) (Reading, bool) {
		if q.ID != last {
			n, last = n+1, q.ID
		}
		return Reading{Canary: values[n%3]}, true
	}, atMostTen())
	w.untilPhase(v1alpha1.CanaryPromoted)
}

// TestSourceThatIsDown holds the weight, says so once, and lets the run go on when it is back: scenario 5 [D24].
func TestSourceThatIsDown(t *testing.T) {
	w := newWorld(t)
	down := false
	measure(w, func(Measure) (Reading, bool) {
		if down {
			return Reading{Problem: "HTTP 503"}, true
		}
		return Reading{Canary: 1}, true
	}, atMostTen())
	w.canary.Spec.StepDeadline = seconds(3600)
	w.untilWeight(20)
	before := w.status().Evidence.Test(v1alpha1.MetricErrors).Canary.Requests
	down = true
	for range 120 { // ten minutes
		w.step(5 * time.Second)
	}
	if w.desired() != 20 || w.count(ReasonMetricsMissing) != 1 || w.count(ReasonVerdictHarm) > 0 ||
		!strings.Contains(w.status().Position.WaitingFor, "queue: HTTP 503") {
		t.Errorf("weight %d, %d events, %s", w.desired(), w.count(ReasonMetricsMissing), w.status().Position.WaitingFor)
	}
	if after := w.status().Evidence.Test(v1alpha1.MetricErrors).Canary.Requests; after <= before {
		t.Errorf("evidence has stood still: %d, then %d", before, after)
	}
	down = false
	w.untilPhase(v1alpha1.CanaryPromoted)
}

// TestNoDataNeverPromotes [D24], not even where the spec asks to go on without enough requests: at the deadline the run
// goes back, or is held.
func TestNoDataNeverPromotes(t *testing.T) {
	for _, missing := range []string{"NaN", "no answer", "no template"} {
		for _, what := range []v1alpha1.OnInconclusive{v1alpha1.InconclusiveRollback, v1alpha1.InconclusivePromote} {
			w := newWorld(t)
			m := atMostTen()
			if missing == "no template" {
				m.Template, m.MetricSource = "unknown", v1alpha1.MetricSource{}
			}
			measure(w, func(Measure) (Reading, bool) {
				return Reading{Problem: "the value is not a finite number"}, missing == "NaN"
			}, m)
			w.canary.Spec.OnInconclusive = what
			w.untilWeight(5)
			for range 160 { // the deadline comes after 132
				w.step(5 * time.Second)
			}
			switch v := w.status().LastVerdict; {
			case v == nil || v.Result != v1alpha1.VerdictInconclusive:
				t.Errorf("%s, %s: verdict %+v", missing, what, v)
			case what == v1alpha1.InconclusiveRollback && w.status().Phase != v1alpha1.CanaryRolledBack,
				what == v1alpha1.InconclusivePromote && w.desired() != 5:
				t.Errorf("%s, %s: phase %s, weight %d", missing, what, w.status().Phase, w.desired())
			}
		}
	}
}

// A number is compared with that of the stable version, from a source that the Mesh has for all namespaces.
func TestMetricBesideTheStableVersion(t *testing.T) {
	for canary, phase := range map[float64]v1alpha1.CanaryPhase{2.4: v1alpha1.CanaryPromoted, 2.6: v1alpha1.CanaryRolledBack} {
		w := newWorld(t)
		s := measure(w, func(Measure) (Reading, bool) { return Reading{Canary: canary, Stable: 2}, true },
			v1alpha1.CanaryMetric{Name: "rate", Template: "orders", MaxRatio: quantity("1.25"), Interval: &metav1.Duration{Duration: 10 * time.Second}})
		w.untilPhase(phase)
		q := s.asked[0]
		if q.Canary != "http://orders/shop/rate?pods=reviews-v2-a" || q.Stable != "http://orders/shop/rate?pods=reviews-v1-a%7Creviews-v1-b" || q.Field != "rate" {
			t.Errorf("%+v", q)
		}
		if v := w.status().LastVerdict; phase == v1alpha1.CanaryRolledBack && !strings.HasPrefix(v.Message, "rate: 2.6; 2 of the stable version, at most 1.25 times that is allowed") {
			t.Errorf("%+v", v)
		}
	}
}

// A source that is asked by POST learns in the body what a query would say in its text, of each version.
func TestMetricThatIsAskedByPost(t *testing.T) {
	w := newWorld(t)
	s := measure(w, func(Measure) (Reading, bool) { return Reading{Canary: 2.6, Stable: 2}, true }, v1alpha1.CanaryMetric{
		Name: "rate", MaxRatio: quantity("1.25"),
		MetricSource: v1alpha1.MetricSource{HTTP: &v1alpha1.HTTPNumber{URL: "http://orders/rate", Field: "rate", Method: v1alpha1.HTTPPost}},
	})
	before := w.beforeNext
	w.beforeNext = func(in *Input) {
		before(in)
		in.StableRevisions = []string{"h1"}
	}
	w.untilWeight(5)
	w.untilPhase(v1alpha1.CanaryRolledBack)
	q := s.asked[0]
	want := Inquiry{
		ID: q.ID + "/canary", Metric: "rate", Namespace: "shop", Canary: "reviews", Service: "reviews", Revision: "h2",
		StableRevisions: []string{"h1"}, Step: 0, Weight: 5, Version: "canary", Pods: []string{"reviews-v2-a"},
	}
	if diff := cmp.Diff(&want, q.Post); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want.ID, want.Version, want.Pods = q.ID+"/stable", "stable", []string{"reviews-v1-a", "reviews-v1-b"}
	if diff := cmp.Diff(&want, q.PostStable); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, q := range s.asked[1:] {
		if q.ID == s.asked[0].ID && q.Post.ID != s.asked[0].Post.ID {
			t.Errorf("the same question has two IDs: %s and %s", s.asked[0].Post.ID, q.Post.ID)
		}
	}
}

// Readings of an earlier step, and the same reading again, count for nothing.
func TestReadingsCountOnce(t *testing.T) {
	w := newWorld(t)
	s := measure(w, value(11), atMostTen())
	w.untilWeight(5)
	w.until("a reading", 20, func() bool { return len(w.status().Metrics) > 0 })
	answered := s.pending
	s.answers = func(Measure) (Reading, bool) { return Reading{}, false }
	previous := w.beforeNext
	w.beforeNext = func(in *Input) {
		previous(in)
		for _, q := range answered {
			in.Readings = append(in.Readings, Reading{ID: q.ID, Canary: 11})
		}
	}
	for range 30 {
		w.step(5 * time.Second)
	}
	if got := w.status().Metrics[0].Bad; got != 1 {
		t.Errorf("one reading was noted %d times", got)
	}
}

// A version that gets copies of requests is judged by bounds only: there is nothing to compare its counts with.
func TestMetricsOfAVersionThatIsOnlyShown(t *testing.T) {
	w, percent := newWorld(t), int32(50)
	counts := v1alpha1.CanaryMetric{Name: "orders", Counts: &v1alpha1.PrometheusCounts{Address: "http://prometheus:9090", Events: "a", Of: "b"}}
	s := measure(w, value(11), atMostTen(), counts)
	w.canary.Spec.Steps = []v1alpha1.CanaryStep{{Mirror: &percent, Duration: seconds(600)}, {Weight: 50}}
	w.untilPhase(v1alpha1.CanaryRolledBack)
	if v := w.status().LastVerdict; v.Reason != ReasonMetric || v.Weight != 0 {
		t.Errorf("%+v", v)
	}
	for _, q := range s.asked {
		if q.Metric != "queue" {
			t.Errorf("asked for %s", q.Metric)
		}
	}
	w = newWorld(t)
	measure(w, func(q Measure) (Reading, bool) { return Reading{Canary: 1}, q.Metric == "queue" }, atMostTen())
	w.canary.Spec.Steps = []v1alpha1.CanaryStep{{Mirror: &percent}, {Weight: 50}}
	w.untilPhase(v1alpha1.CanaryPromoted)
}
