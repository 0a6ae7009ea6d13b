package rollout

import (
	"math"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/eprocess"
)

// metric is a kind of bad event that both versions are compared by.
type metric struct {
	name  string
	bad   string // what is counted, in plural
	exact bool   // events need not be rare
	count func(PodCounts) events
	ratio func(*v1alpha1.CanarySpec) float64 // that is tolerated
}

// events of one pod. The number of distinct seconds that had one is between least and most.
type events struct{ requests, bad, least, most int64 }

// family is what harm is found in together, by the mean of its metrics' evidence. Families share the tolerated
// probability of a false alarm evenly, which tells which of them failed.
type family struct {
	reason  string // of a verdict
	metrics []metric
	pending int           // metrics that are to come: their evidence is 1 until then
	say     func() string // both versions in half a sentence
}

// families are errors, latency where a run has edges, and each metric of the spec that is counts.
func (l *look) families() []family {
	out := []family{{reason: ReasonErrorRate, metrics: []metric{errorMetric}, say: l.saidOfErrors}}
	if edges := l.to.Run.LatencyEdges; len(edges) > 0 || l.choosing() {
		f := family{reason: ReasonLatency, say: l.saidOfLatency}
		if l.choosing() {
			f.pending = chosenEdges
		}
		for _, e := range edges {
			f.metrics = append(f.metrics, slowness(e.Duration))
		}
		out = append(out, f)
	}
	for _, m := range l.counted() {
		out = append(out, l.countFamily(m))
	}
	return out
}

// ofRequests are the metrics that are counted from requests.
func (l *look) ofRequests() []metric {
	counts := len(l.counted())
	var out []metric
	for _, f := range l.families()[:len(l.families())-counts] {
		out = append(out, f.metrics...)
	}
	return out
}

func (l *look) metrics() []metric {
	var out []metric
	for _, f := range l.families() {
		out = append(out, f.metrics...)
	}
	return out
}

var errorMetric = metric{name: v1alpha1.MetricErrors, bad: "errors", ratio: toleratedRatio, count: func(p PodCounts) events {
	return events{p.Requests, p.Errors, p.LeastErrorSeconds, p.MostErrorSeconds}
}}

// slowness counts the requests that took longer than an edge. They need not be rare.
func slowness(edge time.Duration) metric {
	return metric{name: v1alpha1.MetricLatency + " " + edge.String(), bad: "requests over " + edge.String(), exact: true, ratio: latencyRatio,
		count: func(p PodCounts) events {
			s := p.Slow[edge]
			return events{s.Requests, s.Slow, s.LeastSeconds, s.MostSeconds}
		}}
}

// alpha is a family's part of the tolerated probability.
func (l *look) alpha() float64 { return falseAlarm(l.spec) / float64(len(l.families())) }

// logE is the evidence of a family.
func (l *look) logE(f family) float64 {
	logs := make([]float64, len(f.metrics)+f.pending)
	for i, m := range f.metrics {
		logs[i] = l.harm(m).LogE()
	}
	return eprocess.LogMean(logs...)
}

// harmful is the first family whose evidence has reached its threshold.
func (l *look) harmful() (family, bool) {
	for _, f := range l.families() {
		if l.logE(f) >= -math.Log(l.alpha()) {
			return f, true
		}
	}
	return family{}, false
}

// provenWith is the tolerated probability that a step ends early although a rate is above the margin.
const provenWith = 0.05

// proven says that the step may end before its time is over: it has ruled out harm above the margin in every metric.
func (l *look) proven() bool {
	if _, early := margin(l.spec); !early || l.choosing() {
		return false
	}
	for _, m := range l.metrics() {
		if l.safety(m).LogE() < -math.Log(provenWith) {
			return false
		}
	}
	return true
}
