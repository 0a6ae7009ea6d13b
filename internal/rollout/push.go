package rollout

import "github.com/weft-mesh/weft/api/v1alpha1"

// Push asks for what pods of a namespace have pushed.
type Push struct {
	Namespace string
	Pods      PodNames
	Of        v1alpha1.OTLPMetric
	// Stable says that the number of the stable version is wanted, too.
	Stable bool
}

// judgeRatio compares with bounds what part of what could have happened since the reading before has happened.
func (l *look) judgeRatio(m v1alpha1.CanaryMetric, r Reading) (v1alpha1.MetricState, string) {
	switch {
	case r.Problem != "":
		return v1alpha1.MetricNoData, r.Problem
	case len(r.Pods) == 0:
		return v1alpha1.MetricNoData, "no pod has counted anything"
	case l.lastReading(m.Name) == nil || r.Before == nil:
		return v1alpha1.MetricBegun, "counts from this reading on"
	}
	parts := Reading{}
	var is bool
	if parts.Canary, is = risenIn(r, l.in.Pods.Canary).ratio(); !is {
		return v1alpha1.MetricNoData, "the new version has counted nothing since the reading before"
	}
	if m.MaxRatio != nil {
		if parts.Stable, is = risenIn(r, l.in.Pods.Stable).ratio(); !is {
			return v1alpha1.MetricNoData, "the stable version has counted nothing since the reading before"
		}
	}
	return judged(m, parts)
}

// ratio is what part of the requests was bad; false: there were none.
func (a Arm) ratio() (float64, bool) {
	var bad int64
	for _, p := range a.Pods {
		bad += p.Errors
	}
	n := a.requests()
	if n == 0 {
		return 0, false
	}
	return float64(bad) / float64(n), true
}
