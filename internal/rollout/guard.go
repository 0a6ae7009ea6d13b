package rollout

import (
	"math"

	"github.com/weft-mesh/weft/internal/eprocess"
)

// guard counts events that come in clusters once.
//
// The tests take events to be independent. Retries and one bad pod break that, so a pod of the canary has at most one
// event in a second, or, where many are usual, at most twice as many as the tolerated ratio lets expect. To count the
// stable version in the same way would be unfair where its pods get more requests: two independent events in one second
// would be one. A stable pod that gets m times a canary pod's requests therefore has up to m times as many, as if it were
// m pods.
//
// Bounds err on the side of "no harm" for the test of harm. For the test that rules harm out they must err on the other
// side: there nothing of the canary is left out, and bounds hold for the stable version only.
type guard struct {
	metric         metric
	batch          Batch
	stable, canary load
	rate           float64 // of events of the stable version until now
	ratio          float64 // that is tolerated
}

// load is what the pods of a version got.
type load struct {
	requests, pods int64
	seconds        float64
}

// guardOf looks at a batch of one metric. Past is what was counted before: bounds must not depend on what they bound.
func guardOf(m metric, b Batch, past eprocess.Batch, ratio float64) guard {
	seconds := max(1, b.Duration.Seconds())
	g := guard{metric: m, batch: b, ratio: ratio, stable: loadOf(m, b.Stable, seconds), canary: loadOf(m, b.Canary, seconds)}
	if n := past.Baseline.Requests; n > 0 {
		g.rate = float64(past.Baseline.Errors) / float64(n)
	}
	return g
}

func (g guard) forHarm() eprocess.Batch {
	perSecond := bound(g.ratio * g.rate * g.canary.perPod())
	more := g.moreLoad()
	return g.count(
		func(e events) int64 { return min(e.bad, perSecond*e.least) },
		func(e events) int64 {
			if g.canary.requests == 0 { // nothing says how many canary pods it is worth
				return e.bad
			}
			return min(e.bad, more*perSecond*max(e.most, 1))
		})
}

func (g guard) forSafety() eprocess.Batch {
	perSecond := bound(g.rate * g.stable.perPod())
	return g.count(
		func(e events) int64 { return e.bad },
		func(e events) int64 { return min(e.bad, perSecond*e.least) })
}

// bound is how many events a pod may have in a second that expects some.
func bound(expected float64) int64 { return max(1, int64(math.Ceil(2*expected))) }

func (g guard) count(canary, stable func(events) int64) eprocess.Batch {
	out := eprocess.Batch{
		Canary:   eprocess.Arm{Requests: g.canary.requests},
		Baseline: eprocess.Arm{Requests: g.stable.requests},
	}
	for _, p := range g.batch.Canary.Pods {
		out.Canary.Errors += canary(g.metric.count(p))
	}
	for _, p := range g.batch.Stable.Pods {
		out.Baseline.Errors += stable(g.metric.count(p))
	}
	return out
}

// moreLoad is how many times the requests of a canary pod a stable pod gets: rounded up, at least 1.
func (g guard) moreLoad() int64 {
	if g.canary.requests == 0 || g.stable.pods == 0 {
		return 1
	}
	perStable, perCanary := g.stable.requests*g.canary.pods, g.canary.requests*g.stable.pods
	return max(1, (perStable+perCanary-1)/perCanary)
}

func loadOf(m metric, a Arm, seconds float64) load {
	l := load{seconds: seconds}
	for _, p := range a.Pods {
		if n := m.count(p).requests; n > 0 {
			l.requests += n
			l.pods++
		}
	}
	return l
}

// perPod is the number of requests of one pod in a second.
func (l load) perPod() float64 {
	if l.pods == 0 {
		return 0
	}
	return float64(l.requests) / (float64(l.pods) * l.seconds)
}

func (a Arm) requests() int64 {
	var n int64
	for _, p := range a.Pods {
		n += p.Requests
	}
	return n
}
