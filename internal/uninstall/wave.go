package uninstall

import "k8s.io/apimachinery/pkg/types"

// ReadyPods counts the ready pods of each controller: what it is worth before the first eviction.
func ReadyPods(pods []Pod) map[types.UID]int {
	ready := map[types.UID]int{}
	for _, p := range pods {
		if p.Ready && !p.Terminating && !p.Finished {
			ready[p.Owner.UID]++
		}
	}
	return ready
}

// Wave picks the pods to evict now. Of each controller's pods at most a quarter, but at least one, is missing at a
// time, counted from full, the number that was ready at the start. A pod that is not ready serves nobody and costs
// nothing.
func Wave(pods []Pod, full map[types.UID]int) []Pod {
	ready := ReadyPods(pods)
	var wave []Pod
	for _, p := range replaceable(pods) {
		owner := p.Owner.UID
		if p.Ready {
			mayMiss := max(1, full[owner]/4)
			if full[owner]-ready[owner] >= mayMiss {
				continue
			}
			ready[owner]--
		}
		wave = append(wave, p)
	}
	return wave
}
