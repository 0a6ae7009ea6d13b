// Package releasetest simulates releases for tests, benchmarks and plots: generated reports of a second each go through
// rollout.Next until the run ends. Proxies acknowledge at once, and no pod is ever missing. Equal seeds give equal runs.
package releasetest

import (
	"math/rand/v2"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/outcome"
	"github.com/weft-mesh/weft/internal/rollout"
)

// Trial is a release of a new version.
type Trial struct {
	// PerSecond requests go to both versions, which have Pods each.
	PerSecond, Pods int
	Stable, Canary  Habits
	// Clusters are started by this part of the requests: five errors more in one second of one pod, as retries are.
	Clusters float64
	// BadNode has a pod of both versions. It fails one in five requests for half a minute, every ten minutes.
	BadNode bool
	Spec    v1alpha1.CanarySpec
}

// Habits of a version: parts of its requests that fail, and that take longer than Edge.
type Habits struct {
	Fails, Slow float64
	// Median of how long requests take, in place of Slow: the logarithm is normal with a deviation of 0.6, so one in a hundred
	// takes four times as long.
	Median time.Duration
}

// Edge is what requests are compared with where the spec has it as its latency objective.
const Edge = 250 * time.Millisecond

// Ending of a trial.
type Ending struct {
	Phase  v1alpha1.CanaryPhase
	Reason string
	// Seconds since the first step was in force.
	Seconds int
	// Requests to the new version, and those that failed.
	Requests, Failed int
}

const (
	longest       = 3 * 3600 // seconds
	clusterOfFive = 5
	spread        = 0.6
)

// Rule decides about a trial whose requests come from a seed.
type Rule func(t Trial, random *rand.Rand) Ending

// Runs are so many trials with seeds of their own.
func (r Rule) Runs(t Trial, n int) []Ending {
	out := make([]Ending, n)
	for seed := range out {
		out[seed] = r(t, rand.New(rand.NewPCG(uint64(seed), 11)))
	}
	return out
}

// Weft is rollout.Next.
var Weft Rule = func(t Trial, random *rand.Rand) Ending {
	c := &v1alpha1.Canary{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "reviews", UID: "u1", Generation: 1}, Spec: t.Spec}
	version := func(v string) v1alpha1.PodSelector {
		return v1alpha1.PodSelector{MatchLabels: map[string]string{"version": v}}
	}
	c.Spec.Service.Name = "reviews"
	c.Spec.Workloads = &v1alpha1.CanaryWorkloads{Stable: version("v1"), Canary: version("v2")}
	now, end := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Ending{}
	for range longest {
		now = now.Add(time.Second)
		in := rollout.Input{Canary: c, Revision: "h2", Serving: rollout.Serving{Stable: t.Pods, Canary: t.Pods}, CanaryPods: t.Pods,
			Acks: v1alpha1.Acknowledgement{Acknowledged: 1, Total: 1}, Decidable: true, Now: now}
		if w := c.Status.Weight; w != nil && w.Acknowledged > 0 {
			in.Batch = t.second(random, float64(w.Acknowledged)/100, end.Seconds, edges(c.Status.Run))
			end.add(in.Batch)
		}
		c.Status = rollout.Next(in).Status
		if len(c.Status.History) > 0 {
			end.Phase, end.Reason = c.Status.History[0].Phase, c.Status.History[0].Reason
			break
		}
	}
	return end
}

// edges are what agents compare with.
func edges(run *v1alpha1.CanaryRun) (out []time.Duration) {
	if run.StableLatency.Open() {
		return outcome.Rungs()
	}
	for _, e := range run.LatencyEdges {
		out = append(out, e.Duration)
	}
	return out
}

func (e *Ending) add(b rollout.Batch) {
	e.Seconds++
	for _, p := range b.Canary.Pods {
		e.Requests += int(p.Requests)
		e.Failed += int(p.Errors)
	}
}

// Harmed says that the run went back for harm of a kind.
func (e Ending) Harmed(reason string) bool {
	return e.Phase == v1alpha1.CanaryRollingBack && e.Reason == reason
}
