package rollout

import (
	"fmt"
	"maps"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/stage"
)

// begin is the first look at a Canary: all requests go to the stable version, and no revision is pinned.
func (l *look) begin() {
	l.to.Weight = &v1alpha1.CanaryWeight{}
	l.rest()
}

// rest waits for a new version with the selectors of the spec.
func (l *look) rest() {
	l.to.Phase = v1alpha1.CanaryWaiting
	l.to.Run = l.pin("")
	l.to.Weight.Acknowledged = 0
	l.to.Rejected, l.to.RejectedConfig = "", ""
	l.to.Evidence = nil
	l.to.LastVerdict = nil
	l.to.Step = 0
	change := fmt.Sprintf("wait %d", l.in.Canary.Generation)
	l.put(stage.Advance(l.to.Position, change, resting(), l.mark().Time), 0)
	l.to.Deadline = nil
}

func (l *look) pin(revision string) *v1alpha1.CanaryRun {
	w := v1alpha1.CanaryWorkloads{}
	switch {
	case l.in.Held != nil:
		w.Stable = l.in.Held.Stable
		if revision != "" {
			w.Canary = l.in.Held.Canary
		}
	case l.spec.Workloads != nil:
		w = *l.spec.Workloads.DeepCopy()
	}
	run := &v1alpha1.CanaryRun{
		Revision:   revision,
		Generation: l.in.Canary.Generation,
		StartedAt:  metav1.Time{Time: l.mark().Time},
		Stable:     w.Stable,
		Canary:     w.Canary,
		Match:      l.in.Canary.DeepCopy().Spec.Match,
		Preview:    l.in.Canary.DeepCopy().Spec.Preview,

		LatencyEdges: latencyEdges(l.spec),
	}
	if revision != "" && edgesFromStable(l.spec) {
		run.StableLatency = &v1alpha1.StableLatency{}
	}
	return run
}

// start begins a run when there is a revision that was not rejected.
func (l *look) start() {
	l.to.Position.WaitingFor = ""
	revision := l.in.Revision
	if revision == "" || l.refused(revision) || !l.in.Decidable {
		return
	}
	if l.tracks() && l.in.Config == "" {
		l.wait(ReasonConfigUnknown, l.in.ConfigProblem)
		return
	}
	if why, is := l.hindrance(); is {
		l.to.Position.WaitingFor = why
		return
	}
	if l.in.Held != nil {
		l.to.Hold.Size = 0
	}
	l.say(normal, ReasonRevisionDetected, "revision %s is to be judged", revision)
	l.to.Phase = v1alpha1.CanaryProgressing
	l.to.Run = l.pin(revision)
	if l.tracks() {
		l.to.Run.Config = l.in.Config
	}
	l.to.LastVerdict = nil
	l.to.Evidence = &v1alpha1.Evidence{Run: revision}
	first := []stage.Step{{Name: weightName(0)}}
	l.put(stage.Advance(l.to.Position, runChange(revision), first, l.mark().Time), 0)
	l.to.Step = 0
}

// reselect takes over other workloads of the spec between runs. Requests must go on to a version that serves: to the
// same pods as before, as when the promoted version becomes the stable one, or to others that are there.
func (l *look) reselect() bool {
	if h := l.in.Held; h != nil {
		if equal(h.Stable, l.to.Run.Stable) || !l.in.Decidable {
			return false
		}
		rejected := l.to.Rejected
		l.rest()
		l.to.Rejected = rejected
		return true
	}
	if l.spec.Workloads == nil || equal(l.spec.Workloads.Stable, l.to.Run.Stable) && equal(l.spec.Workloads.Canary, l.to.Run.Canary) {
		return false
	}
	current, serving := l.to.Run.Stable, l.in.Serving.Stable
	if l.to.Weight.Desired == full {
		current, serving = l.to.Run.Canary, l.in.Serving.Canary
	}
	if !l.in.Decidable {
		return true
	}
	if !equal(l.spec.Workloads.Stable, current) && serving > 0 && l.in.Serving.NextStable == 0 {
		l.wait(ReasonStableServing, "no pod of the new spec.workloads.stable serves")
		return true
	}
	l.say(normal, ReasonWorkloadsChanged, "the workloads of generation %d are in force", l.in.Canary.Generation)
	l.rest()
	return true
}

func equal(a, b v1alpha1.PodSelector) bool { return maps.Equal(a.MatchLabels, b.MatchLabels) }
