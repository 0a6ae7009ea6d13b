package releasetest

import (
	"math/rand/v2"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/rollout"
)

const (
	checkSeconds   = 60
	checkThreshold = 5
	checkSuccess   = 0.99
)

// Checks replays the rule of Flagger (v1.36, pkg/controller/scheduler.go), without its program: every minute the canary's
// success rate of the last minute is compared with 99 %. A check that passes takes the next weight of the spec; one that
// fails, or has no request, is counted over the whole run; the minute after the fifth, the run is rolled back.
var Checks Rule = func(t Trial, random *rand.Rand) Ending {
	end, failed := Ending{}, 0
	for at := 0; at < len(t.Spec.Steps); {
		late, before := failed >= checkThreshold, end
		for range checkSeconds {
			end.add(t.second(random, float64(t.Spec.Steps[at].Weight)/100, end.Seconds, nil))
		}
		if late {
			end.Phase, end.Reason = v1alpha1.CanaryRollingBack, rollout.ReasonErrorRate
			return end
		}
		requests := end.Requests - before.Requests
		if good := requests - (end.Failed - before.Failed); requests > 0 && float64(good) >= checkSuccess*float64(requests) {
			at++
		} else {
			failed++
		}
	}
	end.Phase = v1alpha1.CanaryPromoted
	return end
}
