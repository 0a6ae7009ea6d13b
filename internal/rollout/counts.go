package rollout

import (
	"fmt"
	"math"
	"slices"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// Totals are two counters of a pod that only rise: how often something has happened, and how often it could have.
type Totals struct {
	Events, Of float64
	// Began is when they began to count, where that is known. Those that began anew say nothing.
	Began int64
}

// counted are the metrics that are counts.
func (l *look) counted() []v1alpha1.CanaryMetric {
	if l.spec.Analysis == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(l.spec.Analysis.Metrics), func(m v1alpha1.CanaryMetric) bool { return !tested(m) })
}

// tested says that a metric is counters without a bound.
func tested(m v1alpha1.CanaryMetric) bool {
	return m.Counts != nil || rising(m) && !numbered(m) && m.MaxRatio == nil
}

// rising says that pods push counters.
func rising(m v1alpha1.CanaryMetric) bool { return m.OTLP != nil && m.OTLP.Events != nil }

// countFamily compares how often something happens in both versions.
func (l *look) countFamily(m v1alpha1.CanaryMetric) family {
	test := countMetric(m.Name)
	return family{reason: ReasonMetric, metrics: []metric{test}, say: func() string {
		s := l.state(test)
		return fmt.Sprintf("%s: %d of %d of the new version, %d of %d of the stable one",
			m.Name, s.Canary.Events, s.Canary.Requests, s.Stable.Events, s.Stable.Requests)
	}}
}

func countMetric(name string) metric {
	return metric{name: v1alpha1.MetricCounts + " " + name, bad: name, exact: true, ratio: toleratedRatio, count: errorMetric.count}
}

// weighCounts adds what has been counted since the reading before. The first reading of a step and of a pod sets where it
// counts from: both versions must be looked at in the same time.
func (l *look) weighCounts(m v1alpha1.CanaryMetric, r Reading) (v1alpha1.MetricState, string) {
	if r.Problem != "" {
		return v1alpha1.MetricNoData, r.Problem
	}
	if len(r.Pods) == 0 {
		return v1alpha1.MetricNoData, "no pod has counted anything"
	}
	if l.lastReading(m.Name) == nil || r.Before == nil {
		return v1alpha1.MetricBegun, "counts from this reading on"
	}
	b := Batch{Stable: risenIn(r, l.in.Pods.Stable), Canary: risenIn(r, l.in.Pods.Canary)}
	test := countMetric(m.Name)
	l.weigh(test, b)
	if b.Canary.requests() == 0 {
		return v1alpha1.MetricNoData, "the new version has counted nothing since the reading before"
	}
	return v1alpha1.MetricGood, fmt.Sprintf("%s since the reading before: %s of the new version, %s of the stable one",
		m.Name, b.Canary.said(), b.Stable.said())
}

// said is how many events there were.
func (a Arm) said() string {
	var bad int64
	for _, p := range a.Pods {
		bad += p.Errors
	}
	return fmt.Sprintf("%d of %d", bad, a.requests())
}

// risenIn is the difference to the reading before, of some pods. A counter that has fallen began anew, and says nothing.
func risenIn(r Reading, pods []string) Arm {
	a := Arm{Pods: map[string]PodCounts{}}
	for _, pod := range pods {
		now, is := r.Pods[pod]
		before, was := r.Before[pod]
		of, events := whole(now.Of-before.Of), whole(now.Events-before.Events)
		if !is || !was || now.Began != before.Began || of <= 0 || events < 0 {
			continue
		}
		events = min(events, of)
		a.Pods[pod] = PodCounts{Requests: of, Errors: events, LeastErrorSeconds: events, MostErrorSeconds: events}
	}
	return a
}

func whole(x float64) int64 {
	const most = 1 << 50
	return int64(math.Round(min(max(x, -most), most)))
}
