package rollout

import (
	"cmp"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/outcome"
)

const (
	// chosenEdges is how many durations are chosen in a run that asks for it: always so many, since the mean of their
	// evidence must not change its weights within a run.
	chosenEdges = 2
	// enoughToChoose is the number of requests to the stable version that a choice needs.
	enoughToChoose = 200
)

// choosing says that the run is to choose durations and has not yet. Latency has its part of the tolerated probability all
// the same.
func (l *look) choosing() bool { return l.to.Run.StableLatency.Open() }

// learn looks at how long requests to the stable version take and, when there are enough, chooses durations. The batch that
// completes the choice is not compared by them, nor is any before: what they are chosen by must not be what they test.
func (l *look) learn(b Batch) {
	if !l.choosing() {
		return
	}
	s, rungs := l.to.Run.StableLatency, outcome.Rungs()
	if len(s.Longer) != len(rungs) { // the first look, or one of another release
		*s = v1alpha1.StableLatency{Longer: make([]int64, len(rungs))}
	}
	for address, p := range b.Stable.Pods {
		if address != "" {
			note(s, rungs, p)
		}
	}
	if s.Requests >= enoughToChoose {
		l.choose(s, rungs)
	}
}

// note adds a pod whose requests were compared with all rungs.
func note(s *v1alpha1.StableLatency, rungs []time.Duration, p PodCounts) {
	all := p.Slow[rungs[0]].Requests
	for _, r := range rungs {
		if p.Slow[r].Requests != all {
			return
		}
	}
	s.Requests += all
	for i, r := range rungs {
		s.Longer[i] += p.Slow[r].Slow
	}
}

// choose takes the shortest rung that at most a tenth of the requests took longer than, and a longer one that at most a
// hundredth did. One that is compared by already is not taken again.
func (l *look) choose(s *v1alpha1.StableLatency, rungs []time.Duration) {
	p90 := l.pick(s, rungs, 10)
	p99 := l.pick(s, rungs, 100)
	s.P90, s.P99, s.Longer = &p90, &p99, nil
}

// pick adds one rung to the edges of the run. There are more rungs than edges, so one is always left.
func (l *look) pick(s *v1alpha1.StableLatency, rungs []time.Duration, oneOf int64) metav1.Duration {
	run, last := l.to.Run, metav1.Duration{}
	for i, r := range rungs {
		e := metav1.Duration{Duration: r}
		if slices.Contains(run.LatencyEdges, e) {
			continue
		}
		last = e
		if s.Longer[i]*oneOf <= s.Requests {
			break
		}
	}
	run.LatencyEdges = append(slices.Clone(run.LatencyEdges), last)
	slices.SortFunc(run.LatencyEdges, func(a, b metav1.Duration) int { return cmp.Compare(a.Duration, b.Duration) })
	return last
}
