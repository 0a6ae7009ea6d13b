package rollout

import (
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// rewind moves times of the current step that can't have come yet to where they would be if the step's clocks began now:
// the clock of an operator was ahead when it stored them. Else the run would wait for that time, and say nothing. A step
// lasts longer by this and never shorter.
func (l *look) rewind() {
	now := l.mark()
	if at := l.to.AcknowledgedAt; at != nil && at.After(now.Time) {
		l.to.AcknowledgedAt = now
	}
	latest := *l.mark()
	latest.Time = latest.Add(l.longest())
	if at := l.to.Deadline; at != nil && at.After(latest.Time) {
		l.to.Deadline = &latest
	}
	p := l.to.Pause
	if p == nil || p.Until == nil || p.By != v1alpha1.PausedBySpec {
		return
	}
	if d := l.pauseDuration(); d > 0 && p.Until.After(now.Add(d)) {
		p.Until.Time = now.Add(d)
	}
}

// longest is the longest time that a deadline may be away: a lowered weight keeps the deadline of the one before.
func (l *look) longest() time.Duration {
	most := l.allowance()
	for _, step := range l.in.Canary.Spec.Steps {
		most = max(most, stepDeadline(&l.in.Canary.Spec, step.Weight))
	}
	return most
}

// pauseDuration is that of the step's own pause; 0: it has no end, or there is none.
func (l *look) pauseDuration() time.Duration {
	step, _ := l.specStep()
	if step.Pause == nil || step.Pause.Duration == nil {
		return 0
	}
	return step.Pause.Duration.Duration
}
