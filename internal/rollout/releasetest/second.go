package releasetest

import (
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/weft-mesh/weft/internal/rollout"
)

// second draws the requests of one second.
func (t Trial) second(random *rand.Rand, share float64, at int) rollout.Batch {
	b := rollout.Batch{Duration: time.Second,
		Stable: rollout.Arm{Pods: map[string]rollout.PodCounts{}},
		Canary: rollout.Arm{Pods: map[string]rollout.PodCounts{}}}
	for range t.PerSecond {
		pod := random.IntN(t.Pods)
		arm, h := b.Stable, t.Stable
		if random.Float64() < share {
			arm, h = b.Canary, t.Canary
		}
		fails := random.Float64() < h.Fails || t.BadNode && pod == 0 && at%600 < 30 && random.Float64() < 0.2
		p := arm.Pods[strconv.Itoa(pod)]
		t.count(&p, fails, random.Float64() < h.Slow)
		if random.Float64() < t.Clusters {
			for range clusterOfFive {
				t.count(&p, true, false)
			}
		}
		arm.Pods[strconv.Itoa(pod)] = p
	}
	return b
}

func (t Trial) count(p *rollout.PodCounts, fails, slow bool) {
	p.Requests++
	if fails {
		p.Errors++
		p.LeastErrorSeconds, p.MostErrorSeconds = 1, 1
	}
	if t.Spec.Analysis == nil || t.Spec.Analysis.LatencyObjective == nil {
		return
	}
	if p.Slow == nil {
		p.Slow = map[time.Duration]rollout.SlowCounts{}
	}
	s := p.Slow[Edge]
	s.Requests++
	if slow {
		s.Slow++
		s.LeastSeconds, s.MostSeconds = 1, 1
	}
	p.Slow[Edge] = s
}
