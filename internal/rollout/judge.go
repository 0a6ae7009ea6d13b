package rollout

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/outcome"
)

// judge finds harm: the evidence has reached its threshold, and it is not a matter of one pod among several. The finding
// holds for the rest of the run.
func (l *look) judge() {
	if l.to.Phase != v1alpha1.CanaryProgressing || l.failed() {
		return
	}
	reason, message := "", ""
	if f, found := l.harmful(); found && !l.oneOfSeveral(f) {
		reason, message = f.reason, l.comparison(f)
	} else if message = l.outOfBounds(); message != "" {
		reason = ReasonMetric
	}
	if reason != "" {
		l.verdict(v1alpha1.VerdictFail, reason, message)
		l.say(warning, ReasonVerdictHarm, "%s", message)
	}
}

func (l *look) failed() bool {
	return l.to.LastVerdict != nil && l.to.LastVerdict.Result == v1alpha1.VerdictFail
}

// oneOfSeveral says that enough pods serve and not enough have failed: a node may be at fault, not the version. Requests
// that found no pod at all can't be the fault of one.
func (l *look) oneOfSeveral(f family) bool {
	want := minPods(l.spec)
	if l.in.Serving.Canary < want || l.to.Evidence == nil || l.to.Evidence.Canary.Reasons[outcome.NoEndpoint] > 0 {
		return false
	}
	pods := map[string]bool{}
	for _, m := range f.metrics {
		if s := l.stored(m); s != nil {
			for _, address := range s.Pods {
				pods[address] = true
			}
		}
	}
	return len(pods) < want
}

// verdict notes a finding with its numbers.
func (l *look) verdict(result v1alpha1.VerdictResult, reason, message string) {
	v := &v1alpha1.Verdict{
		Result:    result,
		Reason:    reason,
		Message:   message,
		Time:      *l.mark(),
		Weight:    l.to.Weight.Desired,
		Revision:  l.to.Run.Revision,
		Sequence:  l.to.Position.Sequence,
		E:         exponential(l.logE(l.nearest())),
		Threshold: decimal(1 / l.alpha()),
	}
	for _, f := range l.families() {
		for _, m := range f.metrics {
			v.Metrics = append(v.Metrics, l.numbers(m))
		}
	}
	if e := l.to.Evidence; e != nil {
		e.Canary.DeepCopyInto(&v.Canary)
		e.Stable.DeepCopyInto(&v.Stable)
	}
	l.to.LastVerdict = v
}

// nearest is the family with the most evidence.
func (l *look) nearest() family {
	all := l.families()
	best := all[0]
	for _, f := range all[1:] {
		if l.logE(f) > l.logE(best) {
			best = f
		}
	}
	return best
}

func (l *look) numbers(m metric) v1alpha1.MetricVerdict {
	harm := l.harm(m)
	v := v1alpha1.MetricVerdict{Metric: m.name, E: exponential(harm.LogE()), Threshold: decimal(1 / l.alpha())}
	if s := l.stored(m); s != nil {
		v.Canary, v.Stable = s.Canary, s.Stable
	}
	if ratio, found := harm.Excluded(l.alpha()); found {
		v.AtLeast = times(ratio)
	}
	if ratio, found := l.safety(m).Excluded(provenWith); found {
		v.ExcludedAbove = times(ratio)
	}
	return v
}

// comparison is a sentence about both versions and the evidence.
func (l *look) comparison(f family) string {
	return fmt.Sprintf("%s%s; evidence %s, harm is %s", f.say(), l.onOnePod(f), exponential(l.logE(f)), decimal(1/l.alpha()))
}

// saidOfErrors has the most frequent error in front.
func (l *look) saidOfErrors() string {
	e := l.evidence()
	text := fmt.Sprintf("%d of %d requests to the new version failed, %d of %d to the stable one",
		e.Canary.Errors, e.Canary.Requests, e.Stable.Errors, e.Stable.Requests)
	if reason := dominant(e.Canary.Reasons); reason != "" {
		return "mostly " + reason + ": " + text
	}
	return text
}

// saidOfLatency is about the edge that tells the versions apart most.
func (l *look) saidOfLatency() string {
	edges := l.to.Run.LatencyEdges
	if len(edges) == 0 {
		return "the durations that requests are compared by are not chosen yet"
	}
	most := edges[0].Duration
	for _, e := range edges[1:] {
		if l.harm(slowness(e.Duration)).LogE() > l.harm(slowness(most)).LogE() {
			most = e.Duration
		}
	}
	s := l.state(slowness(most))
	return fmt.Sprintf("%d of %d requests to the new version took longer than %s, %d of %d to the stable one",
		s.Canary.Events, s.Canary.Requests, most, s.Stable.Events, s.Stable.Requests)
}

// ruledOut says which harm this step has shown not to be there.
func (l *look) ruledOut() string {
	text := ""
	for _, m := range l.metrics() {
		if ratio, found := l.safety(m).Excluded(provenWith); found {
			text += fmt.Sprintf("; %s more than %s times as frequent are ruled out", m.bad, times(ratio))
		}
	}
	return text
}

// dominant is the most frequent reason; of equals the first by name.
func dominant(reasons map[string]int64) string {
	best := ""
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		if best == "" || reasons[reason] > reasons[best] {
			best = reason
		}
	}
	return best
}

// exponential writes exp(x), also where that is no float64.
func exponential(x float64) string {
	const largest = 700
	if math.Abs(x) < largest {
		return decimal(math.Exp(x))
	}
	return fmt.Sprintf("1e%+.0f", math.Floor(x/math.Ln10))
}

func decimal(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }

// times writes a ratio.
func times(x float64) string { return strconv.FormatFloat(x, 'g', 3, 64) }
