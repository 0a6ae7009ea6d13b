package rollout

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

func TestErrorsByOutcome(t *testing.T) {
	const objective = 200 * time.Millisecond
	all, late := amount{10, 3}, amount{4, 2}
	for _, c := range []struct {
		word          string
		plain, within amount
		because       string
	}{
		{"5xx", all, all, "a fault of the server"},
		{"grpc-internal", all, all, "a fault of the server in a trailer"},
		{"no-endpoint", all, all, "there was no pod"},
		{"abandoned-1s", all, late, "the caller waited for a second, which the objective replaces"},
		{"abandoned", amount{}, late, "the caller did not wait a second, but some waited longer than the objective"},
		{"grpc-cancelled", amount{}, late, "the same for gRPC"},
		{"ok", amount{}, amount{}, "served, if slowly: that is latency"},
		{"4xx", amount{}, amount{}, "the caller's fault"},
	} {
		slow := map[time.Duration]amount{objective: late, time.Second: {1, 1}}
		if got := (Rules{}).errors(c.word, all, slow); got != c.plain {
			t.Errorf("%s without an objective: %v, but %s", c.word, got, c.because)
		}
		if got := (Rules{Objective: objective}).errors(c.word, all, slow); got != c.within {
			t.Errorf("%s with an objective: %v, but %s", c.word, got, c.because)
		}
		if got := (Rules{Objective: objective}).errors(c.word, all, nil); got != c.plain {
			t.Errorf("%s with an objective, from an agent that does not compare: %v", c.word, got)
		}
	}
}

func TestObjectiveCountsFromTheNextRun(t *testing.T) {
	c := &v1alpha1.Canary{}
	c.Spec.Analysis = &v1alpha1.CanaryAnalysis{LatencyObjective: &metav1.Duration{Duration: time.Second}}
	c.Status.Run = &v1alpha1.CanaryRun{LatencyEdges: []metav1.Duration{{Duration: 2 * time.Second}}}
	if got := RulesOf(c); got != (Rules{}) {
		t.Errorf("an objective that the run does not compare with: %v", got)
	}
	c.Status.Run.LatencyEdges[0].Duration = time.Second
	if got := RulesOf(c); got.Objective != time.Second {
		t.Errorf("an objective of the run: %v", got)
	}
}
