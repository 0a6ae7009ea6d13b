package rollout

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/eprocess"
)

// With a request in a second, no report has requests of both versions. Harm must be found all the same, and equal
// versions must not be rolled back more often than alpha allows.
func TestFewRequestsAreJudged(t *testing.T) {
	run := func(seed uint64, canary float64) *v1alpha1.CanaryStatus {
		w := newWorld(t)
		w.random, w.perSecond = rand.New(rand.NewPCG(seed, 31)), 1
		w.badStable, w.badCanary = 0.05, canary
		w.canary.Spec.Steps = []v1alpha1.CanaryStep{{Weight: 20, Duration: seconds(600)}}
		for w.status().Phase != v1alpha1.CanaryPromoted && w.status().Phase != v1alpha1.CanaryRolledBack {
			w.step(time.Second)
		}
		return w.status()
	}
	found, mistaken := 0, 0
	const runs = 20
	for seed := range uint64(runs) {
		if s := run(seed, 0.7); s.Phase == v1alpha1.CanaryRolledBack && s.History[0].Reason == ReasonErrorRate {
			found++
		}
		if s := run(seed, 0.05); s.Phase == v1alpha1.CanaryRolledBack {
			mistaken++
		}
	}
	if found < runs-1 || mistaken > 2 {
		t.Errorf("of %d runs harm was found in %d, and %d equal ones were rolled back", runs, found, mistaken)
	}
}

// However a course of requests is cut into reports, none is lost and none is taken twice.
func TestHeldRequestsAreTakenOnce(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	s := &v1alpha1.TestState{}
	var all, taken eprocess.Batch
	for range 1000 {
		b := eprocess.Batch{}
		arm := &b.Canary
		if random.IntN(4) > 0 {
			arm = &b.Baseline
		}
		arm.Requests, arm.Errors = 1, int64(random.IntN(2))
		all = sum(all, b)
		forHarm, forSafety, whole := together(s, b, b)
		if whole != (forHarm.Canary.Requests > 0 && forHarm.Baseline.Requests > 0) || forHarm != forSafety {
			t.Fatalf("%v: %+v, %+v", whole, forHarm, forSafety)
		}
		taken = sum(taken, forHarm)
	}
	if h := s.Held; h != nil {
		taken.Canary.Requests, taken.Canary.Errors = taken.Canary.Requests+h.Canary.Requests, taken.Canary.Errors+h.Canary.Events
		taken.Baseline.Requests, taken.Baseline.Errors = taken.Baseline.Requests+h.Stable.Requests, taken.Baseline.Errors+h.Stable.Events
	}
	if taken != all {
		t.Errorf("taken %+v of %+v", taken, all)
	}
}

func sum(a, b eprocess.Batch) eprocess.Batch {
	a.Canary.Requests, a.Canary.Errors = a.Canary.Requests+b.Canary.Requests, a.Canary.Errors+b.Canary.Errors
	a.Baseline.Requests, a.Baseline.Errors = a.Baseline.Requests+b.Baseline.Requests, a.Baseline.Errors+b.Baseline.Errors
	return a
}
