package rollout

import (
	"fmt"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// shownName is the name of the step of weight 0: the version gets copies of requests, or those of a preview. A run begins
// before it, at the same weight, with nothing for the version.
const shownName = "weight 0, shown"

// shown says that the run is at the step of weight 0, and not at its beginning.
func (l *look) shown() bool { return l.to.Position.Step == shownName }

// isShownNext says that the step of weight 0 follows.
func (l *look) isShownNext() bool {
	_, has := specStep(l.spec, 0)
	return has && l.to.Weight.Desired == 0 && !l.shown()
}

// atStart says that the version gets nothing yet.
func (l *look) atStart() bool { return l.to.Weight.Desired == 0 && !l.shown() }

// specStep is what the spec says of the current step. At the beginning it says nothing.
func (l *look) specStep() (v1alpha1.CanaryStep, bool) {
	if l.atStart() {
		return v1alpha1.CanaryStep{}, false
	}
	return specStep(l.spec, l.to.Weight.Desired)
}

// allowance is how long the current step may take in all.
func (l *look) allowance() time.Duration {
	if l.atStart() {
		return stepDeadline(&v1alpha1.CanarySpec{StepDeadline: l.spec.StepDeadline}, 0)
	}
	return stepDeadline(l.spec, l.to.Weight.Desired)
}

// show puts in force what the current step has beside its weight. The preview lasts from the first step to the last one. A
// promotion in waves takes pods of the stable version away, so its weights are for everyone.
func (l *look) show() {
	step, _ := l.specStep()
	w := l.to.Weight
	if w.Desired == full {
		return
	}
	w.Preview = len(l.to.Run.Preview) > 0
	w.Everyone = len(l.to.Run.Match) > 0 && (step.Everyone || l.promoting())
	if w.Desired == 0 && step.Mirror != nil {
		w.Mirror = *step.Mirror
	}
}

// whose says which requests the weight is about, and what the version gets besides.
func (l *look) whose() string { return Whose(&l.to) }

// Whose says in words, to be put behind a weight, which requests it is about and what the version gets besides. It is empty
// where the weight is that of all requests, and all that there is.
func Whose(s *v1alpha1.CanaryStatus) string {
	text, w := "", s.Weight
	if w == nil || s.Run == nil {
		return ""
	}
	if len(s.Run.Match) > 0 && !w.Everyone && w.Desired > 0 && w.Desired < full {
		text += " (only of requests that fit spec.match)"
	}
	if w.Mirror > 0 {
		text += fmt.Sprintf(", and copies of %d %% of the requests", w.Mirror)
	}
	if w.Preview {
		text += ", and all requests that fit spec.preview"
	}
	return text
}
