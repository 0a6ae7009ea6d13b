package rollout

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// readMetrics notes the readings that were asked for, and a source that is not there.
func (l *look) readMetrics() {
	if l.in.Frozen {
		return
	}
	metrics := l.measured()
	if len(metrics) > 0 {
		l.to.Metrics = slices.DeleteFunc(l.to.Metrics, func(r v1alpha1.MetricReading) bool { // the spec has it no more
			return !slices.ContainsFunc(metrics, func(m v1alpha1.CanaryMetric) bool { return m.Name == r.Name })
		})
	}
	for _, m := range metrics {
		if _, found := l.source(m); !found {
			if last := l.lastReading(m.Name); last == nil || last.State != v1alpha1.MetricNoData {
				l.note(m, Reading{Problem: "the Mesh has no metric template " + m.Template})
			}
			continue
		}
		for _, r := range l.in.Readings {
			if r.ID == l.measureID(m) {
				l.took = append(l.took, r.ID)
				l.note(m, r)
				break
			}
		}
	}
}

// note stores what a reading means. One without a number leaves those out of bounds in a row as they are.
func (l *look) note(m v1alpha1.CanaryMetric, r Reading) {
	next := v1alpha1.MetricReading{Name: m.Name, Time: *l.mark()}
	last := l.lastReading(m.Name)
	if last != nil {
		next.Bad = last.Bad
	}
	switch {
	case tested(m):
		next.State, next.Message = l.weighCounts(m, r)
	case rising(m):
		next.State, next.Message = l.judgeRatio(m, r)
	default:
		next.State, next.Message = judged(m, r)
	}
	switch next.State {
	case v1alpha1.MetricGood:
		next.Bad = 0
	case v1alpha1.MetricBad:
		next.Bad++
	}
	if last != nil {
		*last = next
		return
	}
	l.to.Metrics = append(l.to.Metrics, next)
}

// judged compares a reading with the bounds.
func judged(m v1alpha1.CanaryMetric, r Reading) (v1alpha1.MetricState, string) {
	if r.Problem != "" {
		return v1alpha1.MetricNoData, r.Problem
	}
	if m.Job != nil && !numbered(m) {
		if r.Passed {
			return v1alpha1.MetricGood, r.Said
		}
		return v1alpha1.MetricBad, r.Said
	}
	text, state := decimal(r.Canary), v1alpha1.MetricGood
	outside := func(is bool, format string, bound float64) {
		text += fmt.Sprintf(format, decimal(bound))
		if is {
			state = v1alpha1.MetricBad
		}
	}
	if m.Min != nil {
		outside(r.Canary < number(m.Min), ", at least %s is asked for", number(m.Min))
	}
	if m.Max != nil {
		outside(r.Canary > number(m.Max), ", at most %s is allowed", number(m.Max))
	}
	if m.MaxRatio != nil {
		text += "; " + decimal(r.Stable) + " of the stable version"
		outside(r.Canary > number(m.MaxRatio)*r.Stable, ", at most %s times that is allowed", number(m.MaxRatio))
	}
	return state, text
}

// outOfBounds says which metric was out of bounds for too long.
func (l *look) outOfBounds() string {
	for _, m := range l.measured() {
		limit := int32(defaultFailures)
		switch {
		case m.Job != nil:
			limit = 1
		case m.Failures != nil:
			limit = max(1, *m.Failures)
		}
		if r := l.lastReading(m.Name); r != nil && r.State == v1alpha1.MetricBad && r.Bad >= limit {
			if limit == 1 {
				return m.Name + ": " + r.Message
			}
			return fmt.Sprintf("%s: %s; %d times in a row", m.Name, r.Message, r.Bad)
		}
	}
	return ""
}

// unmeasured names the metrics whose latest reading in this step is not good.
func (l *look) unmeasured() (reason, message string) {
	var waits []string
	reason = ReasonMetrics
	for _, m := range l.measured() {
		switch r := l.lastReading(m.Name); {
		case r == nil && m.Job != nil:
			waits = append(waits, m.Name+": the Job "+l.jobName(m)+" has not ended")
		case r == nil:
			waits = append(waits, m.Name+": not read yet")
		case r.State == v1alpha1.MetricNoData:
			reason = ReasonMetricsMissing
			waits = append(waits, m.Name+": "+r.Message)
		case r.State != v1alpha1.MetricGood:
			waits = append(waits, m.Name+": "+r.Message)
		}
	}
	if len(waits) == 0 {
		return "", ""
	}
	return reason, strings.Join(waits, "; ")
}
