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
