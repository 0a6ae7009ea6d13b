package rollout

import (
	"fmt"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/stage"
)

// cause is why a version loses its share.
type cause struct {
	reason, message string
	// rejects says that the revision is not tried again by itself.
	rejects bool
}

// cause looks for a reason to go back, the gravest first. A deadline may open the gate instead.
func (l *look) cause(g *gate) (cause, bool) {
	if why, harmed := l.harmed(); harmed {
		return why, true
	}
	if l.superseded() {
		return supersededBy(l.to.Run.Revision, l.in.Revision), true
	}
	if l.reconfigured() {
		return reconfiguredBy(l.to.Run.Revision), true
	}
	return l.overdue(g)
}

// harmed is a reason to go back that needs nothing of the spec.
func (l *look) harmed() (cause, bool) {
	switch {
	case l.failed():
		return cause{reason: l.to.LastVerdict.Reason, message: l.to.LastVerdict.Message, rejects: true}, true
	case l.unserved():
		return l.gone(), true
	case l.abort != nil:
		return cause{reason: ReasonAborted, message: "aborted by " + l.abort.Actor, rejects: true}, true
	}
	return cause{}, false
}

// retreat is what is left of a run whose spec can't be honoured: it never goes on, and it can always go back.
func (l *look) retreat() {
	switch l.to.Phase {
	case v1alpha1.CanaryProgressing:
		if why, back := l.harmed(); back {
			l.rollback(why)
		}
	case v1alpha1.CanaryRollingBack:
		l.finishRollback()
	case v1alpha1.CanaryPromoted:
		if l.in.Held == nil && l.unserved() {
			l.rollback(l.gone())
		}
	}
}

// gone is the cause when a version with a share serves no more.
func (l *look) gone() cause {
	return cause{reason: ReasonNoServingPods, message: "no pod of revision " + l.to.Run.Revision + " serves", rejects: true}
}

func (l *look) unserved() bool {
	starting := l.in.Held != nil && l.in.Held.Starting
	return (l.to.Weight.Desired > 0 || l.to.Weight.Preview) && l.in.Serving.Canary == 0 && !starting
}

func (l *look) superseded() bool { return l.in.Revision != "" && l.in.Revision != l.to.Run.Revision }

func supersededBy(old, revision string) cause {
	return cause{reason: ReasonSuperseded, message: fmt.Sprintf("revision %s takes the place of %s", revision, old)}
}

// leavePromoted goes back to the stable version when the promoted one is replaced or gone, unless nothing else is left.
func (l *look) leavePromoted() {
	switch {
	case l.superseded() && l.in.Serving.Stable == 0:
		l.adopt()
	case l.superseded():
		l.rollback(supersededBy(l.to.Run.Revision, l.in.Revision))
	case l.unserved():
		l.rollback(l.gone())
	default:
		l.to.Position.WaitingFor = ""
	}
}

// adopt lets a new revision of the promoted version go on with all requests. No pod of the stable version serves, so
// there is nothing to compare it with and nowhere to go back to.
func (l *look) adopt() {
	message := fmt.Sprintf("revision %s takes the place of %s without a judgement: no pod of the stable version serves",
		l.in.Revision, l.to.Run.Revision)
	l.to.Run, l.to.Promoted = l.pin(l.in.Revision), ""
	l.to.Evidence, l.to.LastVerdict = nil, nil
	l.record(v1alpha1.CanaryPromoted, ReasonUnjudged, message)
	l.say(warning, ReasonUnjudged, "%s", message)
}

// rollback takes the share away at once, provided the stable version can serve.
func (l *look) rollback(why cause) {
	if l.stranded(why) {
		l.wait(ReasonStableServing, fmt.Sprintf("weight %d should be 0, but no pod of the stable version serves: %s",
			l.to.Weight.Desired, why.message))
		return
	}
	if l.abort != nil {
		l.carriedOut(*l.abort, ReasonAborted)
	}
	if why.rejects {
		l.to.Rejected, l.to.RejectedConfig = l.to.Run.Revision, l.to.Run.Config
	}
	if l.to.Promoted == l.to.Run.Revision {
		l.to.Promoted = ""
	}
	l.to.Phase = v1alpha1.CanaryRollingBack
	if h := l.to.Hold; h != nil {
		h.PromotingHash, h.Wave = "", 0
	}
	l.record(v1alpha1.CanaryRollingBack, why.reason, why.message)
	kind := warning
	if !why.rejects {
		kind = normal
		l.say(normal, ReasonSuperseded, "%s", why.message)
	}
	l.say(kind, ReasonRollbackStarted, "%s: %s", why.reason, why.message)
	l.put(stage.Advance(l.to.Position, "rollback "+l.to.Run.Revision, resting(), l.mark().Time), 0)
	l.to.Step = 0
}

// stranded says that requests would go to no pod. Where none serves in either version and another revision is there,
// going back loses nothing and lets that one begin.
func (l *look) stranded(why cause) bool {
	lost := l.in.Serving.Canary == 0 && why.reason == ReasonSuperseded
	return l.in.Serving.Stable == 0 && l.to.Weight.Desired > 0 && !lost
}

// resting is the one step of a change that ends at weight 0.
func resting() []stage.Step { return []stage.Step{{Name: weightName(0)}} }

// finishRollback waits for the last proxy. There is nothing else that could be done: past the deadline it is said
// whose proxy is silent.
func (l *look) finishRollback() {
	if l.to.AcknowledgedAt == nil {
		if l.late() {
			l.wait(ReasonAcknowledgementTimeout, silent(l.in.Acks))
			return
		}
		l.wait(ReasonAcknowledgement, silent(l.in.Acks))
		return
	}
	l.to.Phase = v1alpha1.CanaryRolledBack
	l.to.Deadline = nil
	l.to.Position.WaitingFor = ""
	if len(l.to.History) > 0 {
		l.to.History[0].Phase = v1alpha1.CanaryRolledBack
		l.to.History[0].EndedAt = *l.mark()
	}
	l.say(normal, ReasonRolledBack, "all requests go to the stable version")
}

// historyKept is how many past runs the status keeps.
const historyKept = 10

// record puts the run in front of the history.
func (l *look) record(phase v1alpha1.CanaryPhase, reason, message string) {
	r := v1alpha1.CanaryRecord{
		Revision:  l.to.Run.Revision,
		StartedAt: l.to.Run.StartedAt,
		EndedAt:   *l.mark(),
		Phase:     phase,
		Reason:    reason,
		Message:   message,
		Verdict:   l.to.LastVerdict.DeepCopy(),
	}
	l.to.History = append([]v1alpha1.CanaryRecord{r}, l.to.History...)
	if len(l.to.History) > historyKept {
		l.to.History = l.to.History[:historyKept]
	}
}
