package rollout

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

func slowWorld(t *testing.T, stable, canary float64) *world {
	w := newWorld(t)
	w.canary.Spec.Analysis = &v1alpha1.CanaryAnalysis{LatencyObjective: &metav1.Duration{Duration: 250 * time.Millisecond}}
	w.edge, w.slowStable, w.slowCanary = 250*time.Millisecond, stable, canary
	return w
}

// A version that is only slow, and one that is only slow for one request in fifty: both by the counts of the version itself
// beside those of the stable one [D24].
func TestSlowVersionsGoBack(t *testing.T) {
	for _, c := range []struct{ stable, canary float64 }{{0.01, 0.9}, {0.001, 0.021}, {0.1, 0.4}} {
		w := slowWorld(t, c.stable, c.canary)
		w.untilPhase(v1alpha1.CanaryRolledBack)
		v := w.status().LastVerdict
		m := v.Metrics[1]
		if v.Reason != ReasonLatency || v.Threshold != "200" || m.Metric != "latency 250ms" || m.E != v.E || m.AtLeast == "" ||
			!strings.Contains(v.Message, "took longer than 250ms") || w.status().History[0].Reason != ReasonLatency {
			t.Errorf("%+v: %+v", c, v)
		}
	}
}

func TestEquallySlowVersionsAreNoHarm(t *testing.T) {
	for seed := range uint64(10) {
		w := slowWorld(t, 0.05, 0.05)
		w.random = rand.New(rand.NewPCG(seed, 2))
		w.untilPhase(v1alpha1.CanaryPromoted)
		if len(w.status().LastVerdict.Metrics) != 2 {
			t.Errorf("seed %d: %+v", seed, w.status().LastVerdict)
		}
	}
}

// Without edges in the run, slow requests say nothing, whatever the spec says by now.
func TestEdgesArePinnedWhenARunBegins(t *testing.T) {
	w := slowWorld(t, 0.01, 0.9)
	analysis := w.canary.Spec.Analysis
	w.canary.Spec.Analysis = nil
	w.untilWeight(5)
	w.canary.Spec.Analysis = analysis
	w.untilPhase(v1alpha1.CanaryPromoted)
	w.revision = "h3"
	w.stable = 4
	w.until("the next run", 100, func() bool { return w.status().Run.Revision == "h3" })
	if got := w.status().Run.LatencyEdges; len(got) != 1 || got[0].Duration != w.edge {
		t.Errorf("the next run compares with %v", got)
	}
}

func TestEdgesInOrder(t *testing.T) {
	ms := func(n int) metav1.Duration { return metav1.Duration{Duration: time.Duration(n) * time.Millisecond} }
	objective := ms(500)
	got := latencyEdges(&v1alpha1.CanarySpec{Analysis: &v1alpha1.CanaryAnalysis{
		LatencyObjective: &objective,
		Latency:          &v1alpha1.CanaryLatency{Edges: []metav1.Duration{ms(1000), ms(100), ms(500)}},
	}})
	if len(got) != 3 || got[0] != ms(100) || got[1] != ms(500) || got[2] != ms(1000) {
		t.Errorf("%v", got)
	}
}

// Outcomes of a run without latency must not lose strength by it: all of the tolerated probability is for errors.
func TestAlphaIsDividedAmongFamilies(t *testing.T) {
	for edge, want := range map[time.Duration]string{0: "100", 250 * time.Millisecond: "200"} {
		w := newWorld(t)
		if edge > 0 {
			w = slowWorld(t, 0.01, 0.01)
		}
		w.badCanary = 0.2
		w.untilPhase(v1alpha1.CanaryRolledBack)
		if v := w.status().LastVerdict; v.Reason != ReasonErrorRate || v.Threshold != want {
			t.Errorf("edge %s: %+v", edge, v)
		}
	}
}

// A service may tolerate more slow requests than errors, or fewer: each of both has its own ratio, and that of latency is
// that of errors where the spec has only one.
func TestLatencyHasItsOwnTolerance(t *testing.T) {
	for _, c := range []struct {
		errors, latency string
		want            v1alpha1.CanaryPhase
	}{
		{"4", "1.25", v1alpha1.CanaryRolledBack},
		{"1", "4", v1alpha1.CanaryPromoted},
		{"4", "", v1alpha1.CanaryPromoted},
	} {
		w := slowWorld(t, 0.05, 0.1)
		w.badStable, w.badCanary = 0, 0
		w.canary.Spec.Analysis.ToleratedRatio = quantity(c.errors)
		if c.latency != "" {
			w.canary.Spec.Analysis.Latency = &v1alpha1.CanaryLatency{ToleratedRatio: quantity(c.latency)}
		}
		w.untilPhase(c.want)
	}
}
