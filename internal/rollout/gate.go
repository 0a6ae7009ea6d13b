package rollout

import (
	"fmt"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// gate says whether the current step may be left, and else the first thing it waits for.
type gate struct {
	open            bool
	unproven        bool // opened by a deadline, without evidence
	reason, message string
}

func (g gate) ask() (bool, string) { return g.open, g.reason + ": " + g.message }

// lacksEvidence says that the step waits only for outcomes of requests.
func (g gate) lacksEvidence() bool {
	return g.reason == ReasonRequests || g.reason == ReasonOutcomesLost
}

// gate asks in order: whether the run is paused, proof that the step is taken, evidence, pods for the next step,
// webhooks, and last the step's own pause, so that a person is asked when all else is there.
func (l *look) gate() gate {
	for _, ask := range []func() (string, string){l.paused, l.untaken, l.unjudged, l.undersized, l.unarrived, l.unanswered, l.ownPause} {
		if reason, message := ask(); reason != "" {
			return gate{reason: reason, message: message}
		}
	}
	return gate{open: true}
}

func (l *look) untaken() (reason, message string) {
	switch {
	case !l.in.Decidable:
		return ReasonReplicas, "not all replicas of the operator have reported"
	case l.to.AcknowledgedAt == nil:
		return ReasonAcknowledgement, silent(l.in.Acks)
	}
	return "", ""
}

// unjudged is asked while more is to come.
func (l *look) unjudged() (reason, message string) {
	weight := l.to.Weight.Desired
	if weight == full {
		return "", ""
	}
	if f, found := l.harmful(); found && l.oneOfSeveral(f) {
		return ReasonOnePodFailing, "not enough pods are affected: " + l.comparison(f)
	}
	if l.forced() {
		return "", ""
	}
	if l.in.Frozen {
		return ReasonFrozen, "outcomes are not counted while certificates are exchanged"
	}
	if l.atStart() {
		return "", ""
	}
	duration := stepDuration(l.spec, weight)
	if l.in.Now.Sub(l.to.AcknowledgedAt.Time) < duration && !l.proven() {
		return ReasonDuration, fmt.Sprintf("the step lasts %s", duration)
	}
	if reason, message = l.tooFew(weight); reason != "" {
		return reason, message
	}
	return l.unmeasured()
}

func (l *look) tooFew(weight int32) (reason, message string) {
	if l.waived {
		return "", ""
	}
	var got v1alpha1.Counts
	if e := l.to.Evidence; e != nil {
		got = e.StepCanary
		if all := e.StepCanary.Requests + e.StepStable.Requests + e.StepDropped; float64(e.StepDropped) > lossy*float64(all) {
			return ReasonOutcomesLost, fmt.Sprintf("the outcomes of %d of %d requests could not be counted", e.StepDropped, all)
		}
	}
	if want := stepMinRequests(l.spec, weight); got.Requests < want {
		return ReasonRequests, fmt.Sprintf("%d of %d requests", got.Requests, want)
	}
	if l.choosing() {
		return ReasonRequests, fmt.Sprintf("%d of %d requests to warm pods of the stable version, by which the durations of latency are chosen",
			l.to.Run.StableLatency.Requests, enoughToChoose)
	}
	return "", ""
}

// late says whether the step's deadline has passed. While outcomes mean nothing it is moved on.
func (l *look) late() bool {
	if l.to.Deadline == nil {
		return false
	}
	if allowance := l.allowance(); l.in.Frozen && l.to.Deadline.Sub(l.in.Now) < allowance/2 {
		moved := *l.mark()
		moved.Time = moved.Add(allowance)
		l.to.Deadline = &moved
	}
	return !l.in.Now.Before(l.to.Deadline.Time)
}
