package rollout

import (
	"slices"
	"strconv"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/stage"
)

// full is the weight of a promoted version.
const full = 100

// weights are the steps of a run: 0 to begin with, those of the spec, and 100. The current one stays among them when
// the spec no longer has it, so that an edit during a run moves no traffic by itself.
func weights(spec *v1alpha1.CanarySpec, current int32) []int32 {
	out := []int32{0, current, full}
	for _, step := range spec.Steps {
		out = append(out, step.Weight)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func weightName(weight int32) string { return "weight " + strconv.Itoa(int(weight)) }

// change names what a run's position is about. A promotion by hand is the same run with other gates.
func (l *look) change() string {
	if l.forced() {
		return forcedChange(l.to.Run.Revision)
	}
	return runChange(l.to.Run.Revision)
}

func runChange(revision string) string    { return "run " + revision }
func forcedChange(revision string) string { return "promote " + revision }

// forced says that a person wants the version promoted without more evidence.
func (l *look) forced() bool { return l.to.Position.Change == forcedChange(l.to.Run.Revision) }

// nextWeight follows the current one in the run's steps.
func (l *look) nextWeight() int32 {
	if l.isShownNext() {
		return 0
	}
	all := weights(l.spec, l.to.Weight.Desired)
	at := slices.Index(all, l.to.Weight.Desired)
	return all[min(at+1, len(all)-1)]
}

// progress is one look at a run: back, or on, or neither.
func (l *look) progress() {
	g := l.gate()
	if why, back := l.cause(&g); back {
		l.rollback(why)
		return
	}
	if l.holdOn(g) {
		return
	}
	if g.open && l.to.Weight.Desired == full {
		l.promote()
		return
	}
	if g.reason == ReasonPaused && l.to.Pause == nil {
		l.beginOwnPause()
		g.message = l.pauseSentence()
	}
	if g.reason == ReasonWebhook {
		l.ask = l.questions()
	}
	l.advance(g)
}

// advance takes the next step when the gate is open.
func (l *look) advance(g gate) {
	from := l.to.Weight.Desired
	var steps []stage.Step
	for _, w := range weights(l.spec, from) {
		steps = append(steps, stage.Step{Name: weightName(w), Gate: g.ask})
		if w == 0 && (l.isShownNext() || l.shown()) {
			steps = append(steps, stage.Step{Name: shownName, Gate: g.ask})
		}
	}
	to := l.nextWeight()
	next := stage.Advance(l.to.Position, l.change(), steps, l.mark().Time)
	if next.Sequence == l.to.Position.Sequence {
		l.wait(g.reason, g.message)
		return
	}
	l.pass(from, g)
	l.take(next, to)
}

// pass notes that a step has ended well.
func (l *look) pass(weight int32, g gate) {
	if weight == 0 {
		return
	}
	switch {
	case l.forced():
		l.say(normal, ReasonStepPassed, "weight %d is left by command", weight)
	case g.unproven:
		l.say(warning, ReasonInconclusivePromoted, "weight %d is left without enough evidence, as the spec asks", weight)
	default:
		message := "no evidence of harm: " + l.comparison(l.nearest()) + l.ruledOut()
		l.verdict(v1alpha1.VerdictPass, ReasonNoHarm, message)
		l.say(normal, ReasonStepPassed, "weight %d: %s", weight, message)
	}
}

// take puts a new weight in force. The step's counts and clocks begin anew.
func (l *look) take(position v1alpha1.Position, weight int32) {
	l.put(position, weight)
	l.to.Step = stepIndex(&l.in.Canary.Spec, weight)
	if weight == full {
		l.say(normal, ReasonPromotionStarted, "revision %s gets all requests", l.to.Run.Revision)
		return
	}
	l.show()
	l.say(normal, ReasonStepStarted, "revision %s gets weight %d%s", l.to.Run.Revision, weight, l.whose())
}

// put sets the position and the weight, and resets what belongs to the step before.
func (l *look) put(position v1alpha1.Position, weight int32) {
	l.to.Position = &position
	l.to.Weight.Desired = weight
	l.to.Weight.Observed = nil
	l.to.Weight.Mirror, l.to.Weight.Preview, l.to.Weight.Everyone = 0, false, false
	l.to.AcknowledgedAt = nil
	l.to.Proxies = nil
	l.to.Pause, l.to.Gates, l.to.Metrics = nil, nil, nil
	deadline := *l.mark()
	deadline.Time = deadline.Add(l.allowance())
	l.to.Deadline = &deadline
	if e := l.to.Evidence; e != nil {
		e.StepCanary, e.StepStable, e.StepDropped = v1alpha1.Counts{}, v1alpha1.Counts{}, 0
		for i := range e.Tests {
			e.Tests[i].SafetyLogFactors, e.Tests[i].Held = nil, nil
		}
	}
}

// stepIndex is the place of a weight among the spec's steps; the implicit 100 comes after the last.
func stepIndex(spec *v1alpha1.CanarySpec, weight int32) int32 {
	for i, step := range spec.Steps {
		if step.Weight >= weight {
			return int32(i)
		}
	}
	return int32(len(spec.Steps))
}

// promote ends a run well.
func (l *look) promote() {
	l.to.Phase, l.to.Promoted = v1alpha1.CanaryPromoted, l.to.Run.Revision
	l.to.Rejected, l.to.RejectedConfig = "", ""
	l.to.Deadline = nil
	l.to.Gates = nil
	l.to.Position.WaitingFor = ""
	message := "all requests go to revision " + l.to.Run.Revision
	l.record(v1alpha1.CanaryPromoted, ReasonPromoted, message)
	l.say(normal, ReasonPromoted, "%s", message)
}
