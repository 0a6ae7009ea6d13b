package rollout

import "github.com/weft-mesh/weft/internal/eprocess"

// guarded is a batch for the test, with errors that come in clusters counted once.
//
// The test takes errors to be independent. Retries and one bad pod break that, so a pod of the canary has at most one
// error in a second. To count the stable version in the same way would be unfair where its pods get more requests: two
// independent errors in one second would be one. A stable pod that gets m times a canary pod's requests therefore has
// up to m errors in a second, as if it were m pods. Bounds err on the side of "no harm".
func guarded(b Batch) eprocess.Batch {
	stable, canary := b.Stable.requests(), b.Canary.requests()
	out := eprocess.Batch{
		Baseline: eprocess.Arm{Requests: stable},
		Canary:   eprocess.Arm{Requests: canary},
	}
	perSecond := loadRatio(stable, b.Stable.reached(), canary, b.Canary.reached())
	for _, p := range b.Stable.Pods {
		out.Baseline.Errors += min(p.Errors, perSecond*max(p.MostErrorSeconds, 1))
	}
	for _, p := range b.Canary.Pods {
		out.Canary.Errors += min(p.Errors, p.LeastErrorSeconds)
	}
	return out
}

// loadRatio is how many times the requests of a canary pod a stable pod gets: rounded up, at least 1.
func loadRatio(stable, stablePods, canary, canaryPods int64) int64 {
	if canary == 0 || stablePods == 0 {
		return 1
	}
	perStable, perCanary := stable*canaryPods, canary*stablePods
	return max(1, (perStable+perCanary-1)/perCanary)
}

func (a Arm) requests() int64 {
	var n int64
	for _, p := range a.Pods {
		n += p.Requests
	}
	return n
}

// reached is the number of pods that got requests.
func (a Arm) reached() int64 {
	var n int64
	for _, p := range a.Pods {
		if p.Requests > 0 {
			n++
		}
	}
	return n
}
