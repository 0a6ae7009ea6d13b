package pushed

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	otlp "go.opentelemetry.io/proto/otlp/metrics/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/protocol/peerv1"
	"github.com/weft-mesh/weft/internal/rollout"
)

func both() rollout.PodNames { return rollout.PodNames{Stable: []string{"v1"}, Canary: []string{"v2"}} }

func above1(name, bound string) *v1alpha1.OTLPSeries {
	q := resource.MustParse(bound)
	return &v1alpha1.OTLPSeries{Metric: name, Above: &q}
}

// TestRead has each number, and each way not to have one [D24].
func TestRead(t *testing.T) {
	value := func(name string) v1alpha1.OTLPMetric {
		return v1alpha1.OTLPMetric{Value: &v1alpha1.OTLPSeries{Metric: name}}
	}
	failed := v1alpha1.OTLPMetric{
		Events: &v1alpha1.OTLPSeries{Metric: "orders", Attributes: map[string]string{"result": "failed"}}, Of: &v1alpha1.OTLPSeries{Metric: "orders"},
	}
	orders := sumOf("orders", cumulative, number(2, "result", "failed"), number(8, "result", "good"))
	latency := histogramOf("latency", cumulative, []float64{0.25, 1}, 5, 3, 2)
	for name, c := range map[string]struct {
		stable, canary *otlp.Metric
		of             v1alpha1.OTLPMetric
		old            bool
		want           rollout.Reading
		problem        string
	}{
		"a number of each version": {gaugeOf("queue", number(4)), gaugeOf("queue", number(9)), value("queue"), false, rollout.Reading{Canary: 9, Stable: 4}, ""},
		"parts of a number":        {gaugeOf("queue", number(4)), gaugeOf("queue", number(9, "of", "a"), number(1, "of", "b")), value("queue"), false, rollout.Reading{Canary: 10, Stable: 4}, ""},
		"a number of the new one":  {nil, gaugeOf("queue", number(9)), value("queue"), false, rollout.Reading{}, "stable version: the pod v1 has pushed no queue"},
		"no number":                {gaugeOf("queue", number(4)), nil, value("queue"), false, rollout.Reading{}, "the pod v2 has pushed no queue"},
		"an old number":            {gaugeOf("queue", number(4)), gaugeOf("queue", number(9)), value("queue"), true, rollout.Reading{}, "in the last 2m0s"},
		"a counter as a number":    {orders, orders, value("orders"), false, rollout.Reading{}, "only rises"},
		"counters": {orders, orders, failed, false, rollout.Reading{Pods: map[string]rollout.Totals{
			"v1": {Events: 2, Of: 10, Began: 7}, "v2": {Events: 2, Of: 10, Began: 7},
		}}, ""},
		"counters of one version": {nil, orders, failed, false, rollout.Reading{Pods: map[string]rollout.Totals{"v2": {Events: 2, Of: 10, Began: 7}}}, ""},
		"no counters":             {nil, nil, failed, false, rollout.Reading{Pods: map[string]rollout.Totals{}}, ""},
		"numbers as counters":     {gaugeOf("orders", number(1)), gaugeOf("orders", number(1)), failed, false, rollout.Reading{}, "also falls"},
		"what was above a bound": {latency, latency, v1alpha1.OTLPMetric{Events: above1("latency", "250m"), Of: &v1alpha1.OTLPSeries{Metric: "latency"}}, false,
			rollout.Reading{Pods: map[string]rollout.Totals{"v1": {Events: 5, Of: 10, Began: 7}, "v2": {Events: 5, Of: 10, Began: 7}}}, ""},
		"a bound that is none": {latency, latency, v1alpha1.OTLPMetric{Events: above1("latency", "300m"), Of: &v1alpha1.OTLPSeries{Metric: "latency"}}, false,
			rollout.Reading{}, "latency has no bound 0.3, but [0.25 1]"},
	} {
		s := newStore()
		for pod, m := range map[string]*otlp.Metric{"v1": c.stable, "v2": c.canary} {
			if m != nil {
				s.Take(pod, from(nil, m))
			}
		}
		now := start.Add(time.Minute)
		if c.old {
			now = now.Add(fresh)
		}
		got := Read(Merge([]*peerv1.View{{Pushed: s.View()}}), rollout.Push{Namespace: "shop", Pods: both(), Of: c.of, Stable: true}, now)
		if c.problem != "" {
			if !strings.Contains(got.Problem, c.problem) {
				t.Errorf("%s: %+v, want %q", name, got, c.problem)
			}
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Pods of another namespace with the same names are others.
func TestOtherNamespacesAreOthers(t *testing.T) {
	s := newStore()
	s.Take("v2", from(nil, gaugeOf("queue", number(9))))
	order := rollout.Push{Namespace: "other", Pods: both(), Of: v1alpha1.OTLPMetric{Value: &v1alpha1.OTLPSeries{Metric: "queue"}}}
	if got := Read(s.View(), order, start); got.Problem == "" {
		t.Errorf("%+v", got)
	}
}
