package rollout

import (
	"math/rand/v2"
	"testing"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/eprocess"
)

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
