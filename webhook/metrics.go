package webhook

import "github.com/prometheus/client_golang/prometheus"

// Values of the label result.
const (
	resultInjected  = "injected"
	resultUnchanged = "unchanged" // injected before
	resultSkipped   = "skipped"   // a pod that never gets a sidecar
	resultRefused   = "refused"
	resultFailed    = "failed"
)

// Values of the label result, about held rollouts.
const (
	holdNone    = "none"
	holdGated   = "gated"
	holdRefused = "refused"
	holdFloored = "floored"
	holdFailed  = "failed"
)

func newHoldResults() *prometheus.CounterVec {
	results := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "weft_hold_total",
		Help: "Pods and sizes of ReplicaSets that the API server asked about in namespaces with a held rollout, by what became of them.",
	}, []string{"result"})
	for _, result := range []string{holdNone, holdGated, holdRefused, holdFloored, holdFailed} {
		results.WithLabelValues(result)
	}
	return results
}

// newResults shows every result from the start, so that a rate has something to begin with.
func newResults() *prometheus.CounterVec {
	results := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "weft_injection_total",
		Help: "Pods that the API server asked about, by what became of them.",
	}, []string{"result"})
	for _, result := range []string{resultInjected, resultUnchanged, resultSkipped, resultRefused, resultFailed} {
		results.WithLabelValues(result)
	}
	return results
}
