package rollout

import (
	"fmt"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// overdue says what a deadline that has passed means: back, or, where only evidence is missing and the spec asks for
// it, on. Nothing is promoted without acknowledgement, serving pods and the other gates. A step whose own duration still
// runs, because the proxies or the operator came late, is not overdue: that ends by itself.
func (l *look) overdue(g *gate) (cause, bool) {
	if g.open || g.reason == ReasonDuration || !l.in.Decidable || !l.late() {
		return cause{}, false
	}
	reason := timeout(*g, l.to.Evidence)
	message := fmt.Sprintf("the deadline of weight %d has passed: %s", l.to.Weight.Desired, g.message)
	if !l.undecided() {
		l.verdict(v1alpha1.VerdictInconclusive, reason, message)
		l.say(warning, ReasonDeadlineExceeded, "%s", message)
		if reason == ReasonAcknowledgementTimeout {
			l.say(warning, reason, "%s", g.message)
		}
		if l.holds(*g) {
			l.say(warning, ReasonInconclusiveHold, "weight %d is held: %s", l.to.Weight.Desired, g.message)
		}
	}
	switch {
	case onInconclusive(l.spec) == v1alpha1.InconclusiveRollback:
		return cause{reason: reason, message: message, rejects: true}, true
	case !l.holds(*g):
		l.waived = true
		*g = l.gate()
		g.unproven = true
	}
	return cause{}, false
}

// holds says that a passed deadline changes nothing.
func (l *look) holds(g gate) bool {
	want := onInconclusive(l.spec)
	return want == v1alpha1.InconclusiveHold || want == v1alpha1.InconclusivePromote && !g.lacksEvidence()
}

// undecided says that the current step has already been found inconclusive.
func (l *look) undecided() bool {
	v := l.to.LastVerdict
	return v != nil && v.Result == v1alpha1.VerdictInconclusive && v.Weight == l.to.Weight.Desired &&
		!v.Time.Before(&l.to.Position.Since)
}

// timeout is the word for a deadline that passed while the gate waited.
func timeout(g gate, e *v1alpha1.Evidence) string {
	switch g.reason {
	case ReasonAcknowledgement:
		return ReasonAcknowledgementTimeout
	case ReasonCapacity:
		return ReasonCapacityTimeout
	case ReasonWebhook:
		return ReasonWebhookTimeout
	case ReasonRequests:
		if e == nil || e.StepCanary.Requests == 0 {
			return ReasonNoTraffic
		}
		return ReasonNotEnoughRequests
	case ReasonOnePodFailing, ReasonOutcomesLost, ReasonMetrics, ReasonMetricsMissing:
		return g.reason
	}
	return ReasonDeadlineExceeded
}
