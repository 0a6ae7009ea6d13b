package rollout

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/outcome"
)

const ms = time.Millisecond

// took makes the counts of a pod whose requests took these times, spread over the five seconds between two looks.
func took(times ...time.Duration) PodCounts {
	p := PodCounts{Requests: int64(len(times)), Slow: map[time.Duration]SlowCounts{}}
	for _, edge := range outcome.Rungs() {
		s := SlowCounts{Requests: p.Requests}
		for _, t := range times {
			if t > edge {
				s.Slow++
			}
		}
		s.LeastSeconds, s.MostSeconds = min(5, s.Slow), min(5, s.Slow)
		p.Slow[edge] = s
	}
	return p
}

// chooser is a look at a run that is to choose.
func chooser(edges ...time.Duration) *look {
	run := &v1alpha1.CanaryRun{StableLatency: &v1alpha1.StableLatency{}}
	for _, e := range edges {
		run.LatencyEdges = append(run.LatencyEdges, metav1.Duration{Duration: e})
	}
	return &look{to: v1alpha1.CanaryStatus{Run: run}}
}

func (l *look) chosen() (all []time.Duration) {
	for _, e := range l.to.Run.LatencyEdges {
		all = append(all, e.Duration)
	}
	return all
}

func repeat(n int, d time.Duration) []time.Duration { return slices.Repeat([]time.Duration{d}, n) }

func TestEdgesAreChosenNearTheSlowTenthAndHundredth(t *testing.T) {
	for _, c := range []struct {
		reason  string
		edges   []time.Duration
		stable  []time.Duration
		want    []time.Duration
		already bool
	}{
		{"all take the same: the duration above, and the next one", nil, repeat(200, 40*ms), []time.Duration{50 * ms, 70 * ms}, false},
		{"a slow tenth and a slow hundredth", nil, slices.Concat(repeat(170, 8*ms), repeat(26, 120*ms), repeat(4, 900*ms)), []time.Duration{150 * ms, time.Second}, false},
		{"a duration of the spec is not taken again", []time.Duration{50 * ms}, repeat(200, 40*ms), []time.Duration{50 * ms, 70 * ms, 100 * ms}, false},
		{"one of the spec that is no rung stays", []time.Duration{60 * ms}, repeat(200, 40*ms), []time.Duration{50 * ms, 60 * ms, 70 * ms}, false},
		{"below the shortest", nil, repeat(200, ms), []time.Duration{5 * ms, 7 * ms}, false},
		{"above the longest", nil, repeat(200, time.Hour), []time.Duration{20 * time.Second, 30 * time.Second}, false},
		{"too few", nil, repeat(199, ms), nil, true},
	} {
		l := chooser(c.edges...)
		l.learn(Batch{Stable: Arm{Pods: map[string]PodCounts{"10.0.1.1": took(c.stable...)}}})
		if got := l.chosen(); !slices.Equal(got, c.want) || l.choosing() != c.already {
			t.Errorf("%s: %v, still choosing: %v", c.reason, got, l.choosing())
		}
	}
}

// The choice is made by the stable version's requests before it, in whatever reports they came. Nothing of the new version and
// nothing that comes later changes it: else the test would not keep its promise.
func TestTheChoiceLooksAtNothingElse(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		draw := func(name string) PodCounts {
			return took(rapid.SliceOfN(rapid.Custom(func(r *rapid.T) time.Duration {
				return time.Duration(rapid.IntRange(1, 2000).Draw(r, "ms")) * ms
			}), 0, 90).Draw(r, name)...)
		}
		plain, beside := chooser(), chooser()
		for range 12 {
			was := beside.chosen()
			stable, cold := draw("stable"), draw("cold")
			cold.Slow = nil // a pod that is not warm
			plain.learn(Batch{Stable: Arm{Pods: map[string]PodCounts{"10.0.1.1": stable}}})
			beside.learn(Batch{
				Stable: Arm{Pods: map[string]PodCounts{"10.0.1.1": stable, "10.0.1.2": cold, "": draw("nowhere")}},
				Canary: Arm{Pods: map[string]PodCounts{"10.0.2.1": draw("canary")}},
			})
			if len(was) > 0 && !slices.Equal(was, beside.chosen()) {
				r.Fatalf("%v became %v", was, beside.chosen())
			}
		}
		if !slices.Equal(plain.chosen(), beside.chosen()) {
			r.Fatalf("%v, and with other requests beside them %v", plain.chosen(), beside.chosen())
		}
	})
}

// choosingWorld has a Canary that chooses durations. Requests of a version take so many milliseconds in all but one of twenty
// cases, and three times that in the rest.
func choosingWorld(t *testing.T, stable, canary int) *world {
	w := newWorld(t)
	w.canary.Spec.Analysis = &v1alpha1.CanaryAnalysis{Latency: &v1alpha1.CanaryLatency{}}
	random := rand.New(rand.NewPCG(3, 4))
	w.beforeNext = func(in *Input) {
		for i, arm := range []Arm{in.Batch.Stable, in.Batch.Canary} {
			median := []int{stable, canary}[i]
			for _, address := range slices.Sorted(maps.Keys(arm.Pods)) {
				p, times := arm.Pods[address], []time.Duration(nil)
				for range p.Requests {
					d := time.Duration(median) * ms
					if random.IntN(20) == 0 {
						d *= 3
					}
					times = append(times, d)
				}
				p.Slow = took(times...).Slow
				arm.Pods[address] = p
			}
		}
	}
	return w
}

func TestARunChoosesOnceAndFindsASlowVersion(t *testing.T) {
	w := choosingWorld(t, 21, 45)
	w.untilPhase(v1alpha1.CanaryRolledBack)
	s := w.status()
	chosen := s.Run.StableLatency
	if s.LastVerdict.Reason != ReasonLatency || s.LastVerdict.Threshold != "200" || !strings.Contains(s.LastVerdict.Message, "took longer than") ||
		chosen.P90.Duration != 30*ms || chosen.P99.Duration != 70*ms || chosen.Requests < enoughToChoose || chosen.Longer != nil {
		t.Errorf("%+v of %+v", s.LastVerdict, chosen)
	}
	for _, m := range []metric{slowness(30 * ms), slowness(70 * ms)} {
		if n := s.Evidence.Test(m.name).Stable.Requests; n == 0 || n > s.Evidence.Stable.Requests-chosen.Requests {
			t.Errorf("%s was tested with %d of %d requests; those that it was chosen by must not count", m.name, n, s.Evidence.Stable.Requests)
		}
	}
	equal := choosingWorld(t, 21, 21)
	equal.untilPhase(v1alpha1.CanaryPromoted)
}

// While a choice is open, a step does not pass, however much else is known, and errors have no more than their part of the
// tolerated probability. Old agents, which do not know the list of durations, make it so.
func TestAnOpenChoiceHoldsTheStep(t *testing.T) {
	w := choosingWorld(t, 20, 20)
	w.beforeNext = nil
	w.until("the gate", 200, func() bool {
		return w.status().Position != nil && strings.Contains(w.status().Position.WaitingFor, "0 of 200 requests to warm pods")
	})
	if s, under := StandingOf(w.canary, w.now); !under || s.Verdict.Threshold != "200" || w.desired() != 5 {
		t.Errorf("weight %d, %+v", w.desired(), s.Verdict)
	}
	w.untilPhase(v1alpha1.CanaryRolledBack)
	if got := w.status().LastVerdict; got.Reason != ReasonNotEnoughRequests || got.Result != v1alpha1.VerdictInconclusive {
		t.Errorf("%+v", got)
	}
}

func TestWhoChoosesEdges(t *testing.T) {
	objective := &metav1.Duration{Duration: time.Second}
	for _, c := range []struct {
		reason string
		spec   *v1alpha1.CanaryAnalysis
		want   bool
	}{
		{"latency is not asked for", nil, false},
		{"nor here", &v1alpha1.CanaryAnalysis{LatencyObjective: objective}, false},
		{"no duration", &v1alpha1.CanaryAnalysis{Latency: &v1alpha1.CanaryLatency{}}, true},
		{"one of the spec", &v1alpha1.CanaryAnalysis{LatencyObjective: objective, Latency: &v1alpha1.CanaryLatency{}}, false},
		{"both", &v1alpha1.CanaryAnalysis{LatencyObjective: objective, Latency: &v1alpha1.CanaryLatency{EdgesFrom: v1alpha1.EdgesFromStable}}, true},
		{"none", &v1alpha1.CanaryAnalysis{Latency: &v1alpha1.CanaryLatency{EdgesFrom: v1alpha1.EdgesFromSpec}}, false},
	} {
		if got := edgesFromStable(&v1alpha1.CanarySpec{Analysis: c.spec}); got != c.want {
			t.Errorf("%s: %v", c.reason, got)
		}
	}
}
