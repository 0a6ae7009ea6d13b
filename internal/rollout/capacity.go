package rollout

import "fmt"

// growth is how many times its pods an autoscaler adds at once: its default policy doubles a workload.
const growth = 2

// undersized wants as many serving pods for the next weight as its part of the stable version's, and at least one. An
// autoscaler makes pods only when their load has come: where one is at work, half of them are enough, if all that are
// there serve.
func (l *look) undersized() (reason, message string) {
	if l.to.Weight.Desired == full {
		return "", ""
	}
	if l.in.Held != nil {
		return l.lacksPods()
	}
	next, got := l.nextWeight(), l.in.Serving.Canary
	want := max(1, partOf(int(next)*l.in.Serving.Stable, full))
	if got >= want || l.follows(want) && got >= partOf(want, growth) {
		return "", ""
	}
	if l.follows(want) {
		return ReasonCapacity, fmt.Sprintf("weight %d needs %d serving pods of the new version before its autoscaler adds others; there are %d of %d",
			next, partOf(want, growth), got, l.in.CanaryPods)
	}
	return ReasonCapacity, fmt.Sprintf("weight %d needs %d serving pods of the new version; there are %d of %d",
		next, want, got, l.in.CanaryPods)
}

// follows says whether an autoscaler can bring the new version to a size. Pods that don't serve yet are waited for.
func (l *look) follows(want int) bool {
	return l.in.MayGrow >= want && l.in.Serving.Canary == l.in.CanaryPods
}

// partOf divides and rounds up.
func partOf(n, by int) int { return (n + by - 1) / by }
