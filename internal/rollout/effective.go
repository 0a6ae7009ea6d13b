package rollout

import (
	"cmp"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/outcome"
)

// What holds where the spec says nothing.
const (
	defaultFalseAlarm     = 0.01
	defaultToleratedRatio = 1.5
	defaultMinPods        = 2
	defaultWarmUp         = 30 * time.Second
	defaultDuration       = time.Minute
	defaultMinRequests    = 100
	deadlineBeyond        = 10 * time.Minute // more than the step's duration
)

func falseAlarm(spec *v1alpha1.CanarySpec) float64 {
	if a := spec.Analysis; a != nil {
		if v := number(a.FalseAlarm); v > 0 && v < 1 {
			return v
		}
	}
	return defaultFalseAlarm
}

func toleratedRatio(spec *v1alpha1.CanarySpec) float64 {
	if a := spec.Analysis; a != nil {
		if v := number(a.ToleratedRatio); v > 0 {
			return v
		}
	}
	return defaultToleratedRatio
}

// latencyRatio is the tolerated ratio of the odds that a request takes longer than an edge.
func latencyRatio(spec *v1alpha1.CanarySpec) float64 {
	if a := spec.Analysis; a != nil && a.Latency != nil {
		if v := number(a.Latency.ToleratedRatio); v > 0 {
			return v
		}
	}
	return toleratedRatio(spec)
}

// clusterSize is how many errors count as one.
func clusterSize(spec *v1alpha1.CanarySpec) float64 {
	if a := spec.Analysis; a != nil && a.ClusterSize != nil {
		return max(1, float64(*a.ClusterSize))
	}
	return 1
}

func minPods(spec *v1alpha1.CanarySpec) int {
	if a := spec.Analysis; a != nil && a.MinPods != nil {
		return max(1, int(*a.MinPods))
	}
	return defaultMinPods
}

// latencyEdges are the durations of the spec that requests are compared with, in order.
func latencyEdges(spec *v1alpha1.CanarySpec) []metav1.Duration {
	a := spec.Analysis
	if a == nil {
		return nil
	}
	var out []metav1.Duration
	if a.Latency != nil {
		out = slices.Clone(a.Latency.Edges)
	}
	if a.LatencyObjective != nil {
		out = append(out, *a.LatencyObjective)
	}
	out = slices.DeleteFunc(out, func(d metav1.Duration) bool { return d.Duration <= 0 })
	slices.SortFunc(out, func(a, b metav1.Duration) int { return cmp.Compare(a.Duration, b.Duration) })
	out = slices.Compact(out)
	return out[:min(len(out), outcome.MaxEdges-chosenEdges)]
}

// edgesFromStable says whether durations are chosen by what the stable version's requests take.
func edgesFromStable(spec *v1alpha1.CanarySpec) bool {
	a := spec.Analysis
	if a == nil || a.Latency == nil {
		return false
	}
	if a.Latency.EdgesFrom == "" {
		return len(latencyEdges(spec)) == 0
	}
	return a.Latency.EdgesFrom == v1alpha1.EdgesFromStable
}

// WarmUp is the age that a pod needs for the latency of its requests to count.
func WarmUp(spec *v1alpha1.CanarySpec) time.Duration {
	if a := spec.Analysis; a != nil && a.Latency != nil && a.Latency.WarmUp != nil {
		return max(0, a.Latency.WarmUp.Duration)
	}
	return defaultWarmUp
}

// margin is the ratio of rates that a step must rule out to pass before its time is over.
func margin(spec *v1alpha1.CanarySpec) (ratio float64, early bool) {
	if a := spec.Analysis; a != nil {
		if v := number(a.PassWhenExcluded); v > 0 {
			return v, true
		}
	}
	return 0, false
}

func number(q *resource.Quantity) float64 {
	if q == nil {
		return 0
	}
	return q.AsApproximateFloat64()
}

// stepDuration is 0 for a weight that the spec has no step for.
func stepDuration(spec *v1alpha1.CanarySpec, weight int32) time.Duration {
	step, found := specStep(spec, weight)
	if !found {
		return 0
	}
	return StepDuration(step)
}

// StepDuration is the least time at a step's weight.
func StepDuration(step v1alpha1.CanaryStep) time.Duration {
	if step.Duration == nil {
		return defaultDuration
	}
	return step.Duration.Duration
}

func stepMinRequests(spec *v1alpha1.CanarySpec, weight int32) int64 {
	if weight == 0 {
		return 0 // there is nothing to compare
	}
	step, _ := specStep(spec, weight)
	return minRequestsOf(step)
}

func minRequestsOf(step v1alpha1.CanaryStep) int64 {
	if step.MinRequests == nil {
		return defaultMinRequests
	}
	return *step.MinRequests
}

// stepDeadline is counted from the step's beginning. One that no step could meet counts as missing.
func stepDeadline(spec *v1alpha1.CanarySpec, weight int32) time.Duration {
	duration := stepDuration(spec, weight)
	if d := spec.StepDeadline; d != nil && d.Duration > duration {
		return d.Duration
	}
	return duration + deadlineBeyond
}

func onInconclusive(spec *v1alpha1.CanarySpec) v1alpha1.OnInconclusive {
	if spec.OnInconclusive == "" {
		return v1alpha1.InconclusiveRollback
	}
	return spec.OnInconclusive
}

func specStep(spec *v1alpha1.CanarySpec, weight int32) (v1alpha1.CanaryStep, bool) {
	for _, step := range spec.Steps {
		if step.Weight == weight {
			return step, true
		}
	}
	return v1alpha1.CanaryStep{}, false
}
