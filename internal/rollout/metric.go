package rollout

import (
	"math"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/eprocess"
)

// metric is a kind of bad event that both versions are compared by.
type metric struct {
	name  string
	exact bool // events need not be rare
	count func(PodCounts) events
}

// events of one pod. The number of distinct seconds that had one is between least and most.
type events struct{ requests, bad, least, most int64 }

// family is what harm is found in together, by the mean of its metrics' evidence. Families share the tolerated
// probability of a false alarm evenly, which tells which of them failed.
type family struct {
	reason  string // of a verdict
	metrics []metric
	say     func(e *v1alpha1.Evidence) string // both versions in half a sentence
}

func (l *look) families() []family {
	return []family{{
		reason:  ReasonErrorRate,
		metrics: []metric{{name: v1alpha1.MetricErrors, count: failures}},
		say:     saidOfErrors,
	}}
}

func (l *look) metrics() []metric {
	var out []metric
	for _, f := range l.families() {
		out = append(out, f.metrics...)
	}
	return out
}

func failures(p PodCounts) events {
	return events{p.Requests, p.Errors, p.LeastErrorSeconds, p.MostErrorSeconds}
}

// alpha is a family's part of the tolerated probability.
func (l *look) alpha() float64 { return falseAlarm(l.spec) / float64(len(l.families())) }

// logE is the evidence of a family.
func (l *look) logE(f family) float64 {
	logs := make([]float64, len(f.metrics))
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
	if _, early := margin(l.spec); !early {
		return false
	}
	for _, m := range l.metrics() {
		if l.safety(m).LogE() < -math.Log(provenWith) {
			return false
		}
	}
	return true
}
