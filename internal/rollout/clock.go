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
	latest.Time = latest.Add(stepDeadline(l.spec, l.to.Weight.Desired))
	if at := l.to.Deadline; at != nil && at.After(latest.Time) {
		l.to.Deadline = &latest
	}
	p := l.to.Pause
	if p == nil || p.Until == nil || p.By != v1alpha1.PausedBySpec {
		return
	}
	if end := now.Add(pauseDuration(l.spec, l.to.Weight.Desired)); p.Until.After(end) {
		p.Until.Time = end
	}
}

// pauseDuration is that of the step's own pause; 0: it has no end, or there is none.
func pauseDuration(spec *v1alpha1.CanarySpec, weight int32) time.Duration {
	step, _ := specStep(spec, weight)
	if step.Pause == nil || step.Pause.Duration == nil {
		return 0
	}
	return step.Pause.Duration.Duration
}
