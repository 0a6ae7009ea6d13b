package rollout

import (
	"cmp"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/hold"
	"github.com/weft-mesh/weft/internal/stage"
)

// Held is what the rollout of the Deployment says that the Canary holds.
type Held struct {
	// Stable and Canary select the pods of both versions behind the Service, Canary those of Input.Revision.
	Stable, Canary v1alpha1.PodSelector
	// Returned says that Input.Revision is the stable version.
	Returned bool
	// Replicas is the Deployment's size, Reach the largest weight that its surge allows, in percent.
	Replicas, Reach int32
	// Starting says that no pod of the pinned revision serves because none has had the time to, and not for a fault.
	Starting bool
	// Obstacle is why no run may begin, a sentence; empty: it may.
	Obstacle string
	// Arrived says that the new version has the available pods of the current wave, Pods how many. NextWave follows it.
	Arrived  bool
	Pods     string
	NextWave int32
	// Done says that the pinned revision is the stable version now.
	Done bool
}

// waveDuration is the least time at the weight of a wave.
const waveDuration = 5 * time.Second

// effective is the spec that a decision goes by. In the hold form no step has a weight that the surge can't carry, and
// the waves of a promotion are steps of their own.
func effective(in Input) *v1alpha1.CanarySpec {
	spec := in.Canary.Spec
	if in.Held == nil {
		return &spec
	}
	if in.Held.Reach > 0 { // a Deployment without pods carries nothing, and gets no further
		spec.Steps = capped(spec.Steps, in.Held.Reach)
	}
	current := int32(0)
	if w := in.Canary.Status.Weight; w != nil {
		current = w.Desired
	}
	between := v1alpha1.CanaryStep{Weight: current, Duration: &metav1.Duration{}, MinRequests: new(int64)}
	if h := in.Canary.Status.Hold; h != nil && h.PromotingHash != "" {
		if current >= hold.WaveWeight(h.Wave) {
			between.Duration.Duration = waveDuration
		}
		spec.Steps, spec.Webhooks = []v1alpha1.CanaryStep{between}, nil
		return &spec
	}
	if _, found := specStep(&spec, current); !found && current > 0 {
		spec.Steps = append(spec.Steps, between)
	}
	return &spec
}

// capped gives steps that the surge can't carry the weight that it can. Of those that become alike one is left, which asks
// for all that they ask for.
func capped(steps []v1alpha1.CanaryStep, reach int32) []v1alpha1.CanaryStep {
	var out []v1alpha1.CanaryStep
	for _, step := range steps {
		step.Weight = min(step.Weight, reach)
		last := len(out) - 1
		if last < 0 || out[last].Weight != step.Weight {
			out = append(out, step)
			continue
		}
		out[last].Duration = &metav1.Duration{Duration: max(StepDuration(out[last]), StepDuration(step))}
		least := max(minRequestsOf(out[last]), minRequestsOf(step))
		out[last].MinRequests = &least
		out[last].Pause = cmp.Or(step.Pause, out[last].Pause)
	}
	return out
}

// share is the largest weight that the serving pods of the new version carry beside the stable ones.
func (l *look) share(stable int) int32 { return hold.Share(int32(l.in.Serving.Canary), int32(stable)) }

// lacksPods wants so many serving pods for the next weight that its share is not above their part of all.
func (l *look) lacksPods() (reason, message string) {
	h, next := l.in.Held, l.nextWeight()
	if l.promoting() {
		return "", ""
	}
	if h.Replicas == 0 || l.in.Serving.Canary == 0 {
		return ReasonCapacity, fmt.Sprintf("no pod of the new version serves; the Deployment is to have %d", h.Replicas)
	}
	if next == full || l.share(max(l.in.Serving.Stable, int(h.Replicas))) >= next {
		return "", ""
	}
	return ReasonCapacity, fmt.Sprintf("weight %d needs %d serving pods of the new version beside %d of the stable one; there are %d of %d",
		next, hold.Size(next, h.Replicas), h.Replicas, l.in.Serving.Canary, l.in.CanaryPods)
}

// unarrived is asked in a wave: for its pods, and then for the part of all pods that its weight needs.
func (l *look) unarrived() (reason, message string) {
	if !l.promoting() {
		return "", ""
	}
	wave := l.to.Hold.Wave
	weight := hold.WaveWeight(wave)
	switch {
	case !l.in.Held.Arrived:
		return ReasonWave, fmt.Sprintf("wave %d: %s pods of the new version are available", wave, l.in.Held.Pods)
	case l.to.Weight.Desired < weight && weight < full && l.share(l.in.Serving.Stable) < weight:
		return ReasonWave, fmt.Sprintf("wave %d: weight %d is more than the part of %d serving pods beside %d stable ones",
			wave, weight, l.in.Serving.Canary, l.in.Serving.Stable)
	case wave == hold.WaveLast:
		return ReasonWave, "the last old pods to go"
	}
	return "", ""
}

func (l *look) promoting() bool {
	return l.in.Held != nil && l.to.Hold.PromotingHash != "" && l.to.Hold.PromotingHash == l.to.Run.Revision
}

// holdOn is one look at a run whose rollout is held. It is false when the run takes its steps like any other.
func (l *look) holdOn(g gate) bool {
	switch {
	case l.in.Held == nil:
		return false
	case l.in.Held.Done:
		l.takenOver()
	case l.overloaded():
		l.lower()
	case l.promoting():
		l.wave(g)
	case g.open && l.nextWeight() == full:
		l.pass(l.to.Weight.Desired, g)
		l.to.Hold.PromotingHash = l.to.Run.Revision
		l.say(normal, ReasonPromotionStarted, "revision %s takes over in waves", l.to.Run.Revision)
		l.nextWave()
	default:
		return false
	}
	return true
}

// wave goes on with the promotion: first the pods of a wave, then its weight, then the next one.
func (l *look) wave(g gate) {
	weight := hold.WaveWeight(l.to.Hold.Wave)
	switch {
	case !g.open:
		l.wait(g.reason, g.message)
	case l.to.Weight.Desired < weight:
		l.put(l.at(fmt.Sprintf("wave %d %s", l.to.Hold.Wave, weightName(weight))), weight)
		l.show()
		l.to.Step = stepIndex(&l.in.Canary.Spec, weight)
	default:
		l.nextWave()
	}
}

func (l *look) nextWave() {
	l.to.Hold.Wave = l.in.Held.NextWave
	l.put(l.at(fmt.Sprintf("wave %d", l.to.Hold.Wave)), l.to.Weight.Desired)
	l.show()
	l.say(normal, ReasonStepStarted, "wave %d of revision %s begins", l.to.Hold.Wave, l.to.Run.Revision)
}

// at is the position that follows, under a name.
func (l *look) at(name string) v1alpha1.Position {
	open := func() (bool, string) { return true, "" }
	now := stage.Step{Name: l.to.Position.Step, Gate: open}
	position := *l.to.Position
	position.Change = l.change()
	return stage.Advance(&position, l.change(), []stage.Step{now, {Name: name}}, l.mark().Time)
}

// overloaded says that pods of the new version have gone, or that there are more stable ones, so that its share is above
// its part. An autoscaler does not count pods that were never ready, and would shrink both versions.
func (l *look) overloaded() bool {
	weight := l.to.Weight.Desired
	return l.in.Decidable && weight > 0 && weight < full && l.in.Serving.Stable > 0 && l.share(l.in.Serving.Stable) < weight
}

// lower takes what the pods can't carry. It goes on from there; the deadline stays, and so does a pause.
func (l *look) lower() {
	was, weight, deadline, paused := *l.to.Weight, l.share(l.in.Serving.Stable), l.to.Deadline, l.to.Pause
	l.put(l.at(weightName(weight)), weight)
	l.to.Deadline, l.to.Pause = deadline, paused
	l.to.Weight.Preview, l.to.Weight.Everyone = was.Preview, was.Everyone
	l.say(warning, ReasonCapacity, "weight %d is lowered to %d: %d pods of the new version serve beside %d of the stable one",
		was.Desired, weight, l.in.Serving.Canary, l.in.Serving.Stable)
}

// takenOver ends a run whose revision has all pods of the Deployment.
func (l *look) takenOver() {
	judged := l.to.Weight.Desired == full
	l.put(l.at(weightName(full)), full)
	l.promote()
	if !judged {
		l.to.History[0].Reason = ReasonUnjudged
		l.say(warning, ReasonUnjudged, "revision %s has all pods of the Deployment before its judgement was over", l.to.Run.Revision)
	}
}

// resize says how many pods the new version needs now and for the next step. It keeps those that it has had in this run:
// an autoscaler that goes up and down must not cost it pods.
func (l *look) resize() {
	if l.in.Held == nil || l.to.Phase != v1alpha1.CanaryProgressing || l.promoting() || l.in.Held.Replicas == 0 {
		return
	}
	want := hold.Size(l.to.Weight.Desired, l.in.Held.Replicas)
	if next := l.nextWeight(); next < full {
		want = max(want, hold.Size(next, l.in.Held.Replicas))
	}
	l.to.Hold.Size = min(max(l.to.Hold.Size, want), l.in.Held.Replicas)
}

// hindrance is why a run can't begin with the revision that the Deployment asks for.
func (l *look) hindrance() (why string, is bool) {
	if l.in.Held == nil || !l.in.Held.Returned && l.in.Held.Obstacle == "" {
		return "", false
	}
	if l.in.Held.Returned {
		return "", true
	}
	return l.in.Held.Obstacle, true
}
