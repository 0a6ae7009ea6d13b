package rollout

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// pause stops the clock of the step. A pause that takes the place of another one keeps its beginning and what is left of
// the deadline.
func (l *look) pause(by string, until *metav1.Time) {
	p := &v1alpha1.CanaryPause{By: by, Since: *l.mark(), Until: until}
	if d := l.to.Deadline; d != nil {
		p.Remaining.Duration = max(0, d.Sub(p.Since.Time))
	}
	if earlier := l.to.Pause; earlier != nil {
		p.Since, p.Remaining = earlier.Since, earlier.Remaining
	}
	l.to.Pause, l.to.Deadline = p, nil
}

// unpause lets the clock run again.
func (l *look) unpause() {
	p := l.to.Pause
	if p == nil {
		return
	}
	deadline := *l.mark()
	deadline.Time = deadline.Add(p.Remaining.Duration)
	l.to.Pause, l.to.Deadline = nil, &deadline
}

// resume ends a pause. One that the step itself asks for is not asked for again.
func (l *look) resume(by string) {
	if _, asked := l.gateResult(v1alpha1.GatePause); asked {
		l.answer(v1alpha1.GatePause, v1alpha1.GateOpen, "by "+by)
	}
	l.unpause()
}

// elapse ends a pause whose time is over, and one of the spec that the spec no longer has.
func (l *look) elapse() {
	p := l.to.Pause
	if p == nil {
		return
	}
	step, _ := l.specStep()
	switch {
	case p.Until != nil && !l.in.Now.Before(p.Until.Time):
		l.resume("the end of its time")
	case p.By == v1alpha1.PausedBySpec && step.Pause == nil:
		l.resume("the spec, which no longer has it")
	default:
		return
	}
	l.say(normal, ReasonResumed, "the pause at weight %d is over", l.to.Weight.Desired)
}

func (l *look) paused() (reason, message string) {
	if l.to.Pause == nil {
		return "", ""
	}
	return ReasonPaused, l.pauseSentence()
}

// ownPause is the pause that the spec has for the step.
func (l *look) ownPause() (reason, message string) {
	step, found := l.specStep()
	if !found || step.Pause == nil || l.forced() {
		return "", ""
	}
	if g, asked := l.gateResult(v1alpha1.GatePause); asked && g.State == v1alpha1.GateOpen {
		return "", ""
	}
	return ReasonPaused, "the step has a pause"
}

// beginOwnPause stops the clock for the pause of the step.
func (l *look) beginOwnPause() {
	var until *metav1.Time
	if d := l.pauseDuration(); d > 0 {
		until = l.mark()
		until.Time = until.Add(d)
	}
	l.pause(v1alpha1.PausedBySpec, until)
	l.answer(v1alpha1.GatePause, v1alpha1.GateWaiting, "")
	l.say(normal, ReasonPaused, "weight %d: %s", l.to.Weight.Desired, l.pauseSentence())
}

// pauseSentence says who wants the pause, and what ends it.
func (l *look) pauseSentence() string {
	p := l.to.Pause
	who := "by " + p.By
	if p.By == v1alpha1.PausedBySpec {
		who = "the step has a pause"
	}
	ends := "kubectl weft canary resume " + l.in.Canary.Name
	if p.Until != nil {
		ends += ", or the time " + p.Until.UTC().Format(time.RFC3339)
	}
	return fmt.Sprintf("%s; it ends with %s; %s are left of the deadline", who, ends, p.Remaining.Duration)
}

// pauseRefusal is why a run in progress can't be paused or resumed.
func (l *look) pauseRefusal(action v1alpha1.Action) string {
	p := l.to.Pause
	switch {
	case action == v1alpha1.ActionResume && p == nil:
		return "the run is not paused"
	case action == v1alpha1.ActionPause && p != nil && p.Until == nil:
		return "the run is paused already: " + l.pauseSentence()
	}
	return ""
}

// gateResult is what is known of a gate of the current step.
func (l *look) gateResult(name string) (v1alpha1.GateResult, bool) {
	for _, g := range l.to.Gates {
		if g.Name == name {
			return g, true
		}
	}
	return v1alpha1.GateResult{}, false
}

// answer notes what a gate says.
func (l *look) answer(name string, state v1alpha1.GateState, message string) {
	g := v1alpha1.GateResult{Name: name, State: state, Message: message, Time: *l.mark()}
	for i := range l.to.Gates {
		if l.to.Gates[i].Name == name {
			l.to.Gates[i] = g
			return
		}
	}
	l.to.Gates = append(l.to.Gates, g)
}
