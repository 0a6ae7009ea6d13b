package releasetest

import (
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/weft-mesh/weft/internal/rollout"
)

// second draws the requests of one second, and compares how long they take with some edges.
func (t Trial) second(random *rand.Rand, share float64, at int, edges []time.Duration) rollout.Batch {
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
		count(&p, fails, h.takes(random), edges)
		if random.Float64() < t.Clusters {
			for range clusterOfFive {
				count(&p, true, 0, edges)
			}
		}
		arm.Pods[strconv.Itoa(pod)] = p
	}
	return b
}

// takes draws how long a request takes.
func (h Habits) takes(random *rand.Rand) time.Duration {
	slow := random.Float64() < h.Slow
	switch {
	case h.Median > 0:
		return time.Duration(float64(h.Median) * math.Exp(spread*random.NormFloat64()))
	case slow:
		return 2 * Edge
	}
	return 0
}

func count(p *rollout.PodCounts, fails bool, took time.Duration, edges []time.Duration) {
	p.Requests++
	if fails {
		p.Errors++
		p.LeastErrorSeconds, p.MostErrorSeconds = 1, 1
	}
	if len(edges) > 0 && p.Slow == nil {
		p.Slow = map[time.Duration]rollout.SlowCounts{}
	}
	for _, e := range edges {
		s := p.Slow[e]
		s.Requests++
		if took > e {
			s.Slow++
			s.LeastSeconds, s.MostSeconds = 1, 1
		}
		p.Slow[e] = s
	}
}
