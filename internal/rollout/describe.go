package rollout

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// describe sets the message and the conditions from the state.
func (l *look) describe() {
	l.to.Message = l.sentence()
	l.condition(v1alpha1.ConditionAccepted, true, ReasonAccepted, "the Canary is honoured")
	l.condition(v1alpha1.ConditionApplied, l.to.AcknowledgedAt != nil, l.appliedReason(), l.proxies())
	stalled, reason := l.stalled()
	moving := l.moving()
	l.condition(v1alpha1.ConditionStalled, stalled, reason, l.to.Message)
	course := string(l.to.Phase)
	if l.to.Pause != nil {
		course = ReasonPaused
	}
	l.condition(v1alpha1.ConditionReconciling, moving, course, l.to.Message)
	l.condition(v1alpha1.ConditionReady, !moving && !stalled, course, l.to.Message)
}

// refuse says why the spec is not honoured, and where its run stands if it is going back.
func (l *look) refuse() {
	reason := l.in.ConflictReason
	if reason == "" {
		reason = "Conflict"
	}
	accepted := meta.FindStatusCondition(l.was.Conditions, v1alpha1.ConditionAccepted)
	if accepted == nil || accepted.Status != metav1.ConditionFalse || accepted.Reason != reason {
		l.say(warning, reason, "%s", l.in.Conflict)
	}
	if l.to.Phase == "" {
		l.to.Phase = v1alpha1.CanaryWaiting
	}
	l.to.Message = l.in.Conflict
	if l.to.Phase == v1alpha1.CanaryRollingBack || l.to.Phase == v1alpha1.CanaryRolledBack && l.was.Phase == v1alpha1.CanaryRollingBack {
		l.to.Message += "; " + l.sentence()
	}
	l.condition(v1alpha1.ConditionAccepted, false, reason, l.in.Conflict)
	l.condition(v1alpha1.ConditionApplied, false, reason, l.in.Conflict)
	l.condition(v1alpha1.ConditionStalled, true, reason, l.in.Conflict)
	l.condition(v1alpha1.ConditionReconciling, false, reason, l.in.Conflict)
	l.condition(v1alpha1.ConditionReady, false, reason, l.in.Conflict)
}

func (l *look) condition(kind string, is bool, reason, message string) {
	status := metav1.ConditionFalse
	if is {
		status = metav1.ConditionTrue
	}
	meta.SetStatusCondition(&l.to.Conditions, metav1.Condition{
		Type:               kind,
		Status:             status,
		ObservedGeneration: l.in.Canary.Generation,
		LastTransitionTime: *l.mark(),
		Reason:             reason,
		Message:            message,
	})
}

// moving says whether the state will change by itself, without another version or a person.
func (l *look) moving() bool {
	switch l.to.Phase {
	case v1alpha1.CanaryProgressing, v1alpha1.CanaryRollingBack:
		return true
	}
	return l.to.AcknowledgedAt == nil || l.fresh()
}

// fresh says that a run is about to begin.
func (l *look) fresh() bool {
	r := l.in.Revision
	if _, is := l.hindrance(); is {
		return false
	}
	again := l.to.Phase == v1alpha1.CanaryRolledBack
	return r != "" && !l.refused(r) && waitsFor(l.to.Position) != ReasonConfigUnknown && (r != l.to.Run.Revision || again)
}

// stalled says whether it takes a person or another version to go on.
func (l *look) stalled() (bool, string) {
	kind := waitsFor(l.to.Position)
	switch {
	case l.to.Pause != nil:
		return false, ReasonPaused // a person's wish is no fault
	case l.in.Held != nil && l.in.Held.Returned && l.to.Phase != v1alpha1.CanaryProgressing:
		return false, string(l.to.Phase)
	case l.to.Phase == v1alpha1.CanaryRolledBack && l.to.Rejected != "" && len(l.to.History) > 0:
		return true, l.to.History[0].Reason
	case kind == ReasonStableServing || kind == ReasonAcknowledgementTimeout || kind == ReasonConfigUnknown:
		return true, kind
	case l.to.Phase == v1alpha1.CanaryProgressing && l.undecided():
		return true, l.to.LastVerdict.Reason
	}
	return false, string(l.to.Phase)
}

func (l *look) appliedReason() string {
	if l.to.AcknowledgedAt != nil {
		return ReasonApplied
	}
	return ReasonAcknowledgement
}

func (l *look) proxies() string {
	if l.to.Proxies == nil {
		return fmt.Sprintf("weight %d waits for the proxies", l.to.Weight.Desired)
	}
	return silent(*l.to.Proxies)
}

// sentence says where the run stands.
func (l *look) sentence() string {
	revision := l.to.Run.Revision
	switch l.to.Phase {
	case v1alpha1.CanaryProgressing:
		text := fmt.Sprintf("revision %s has weight %d%s", revision, l.to.Weight.Desired, l.whose())
		if waiting := l.to.Position.WaitingFor; waiting != "" {
			text += "; waiting for " + waiting
		}
		return text
	case v1alpha1.CanaryRollingBack:
		return fmt.Sprintf("revision %s goes back to weight 0: %s", revision, l.lastRecord())
	case v1alpha1.CanaryRolledBack:
		return fmt.Sprintf("revision %s was rolled back: %s", revision, l.lastRecord())
	case v1alpha1.CanaryPromoted:
		return l.hindered("all requests go to revision " + revision)
	}
	return l.hindered("all requests go to the stable version; there is no new one")
}

func (l *look) lastRecord() string {
	if len(l.to.History) == 0 {
		return ""
	}
	return l.to.History[0].Message
}

func (l *look) hindered(text string) string {
	if waiting := l.to.Position.WaitingFor; waiting != "" {
		return text + "; " + waiting
	}
	return text
}
