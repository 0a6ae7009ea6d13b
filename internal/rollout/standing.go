package rollout

import (
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// Standing is what holds for the current step of a run, with what the spec leaves out filled in.
type Standing struct {
	// Next is the weight that follows, in percent.
	Next           int32
	Duration       time.Duration
	MinRequests    int64
	OnInconclusive v1alpha1.OnInconclusive
	FalseAlarm     float64
	// ToleratedRatio of error rates, and LatencyRatio of the odds that a request takes longer than an edge.
	ToleratedRatio, LatencyRatio float64
	// Judged says that the step has a time and wants evidence. The beginning of a run, before its first step, has not.
	Judged bool
	// Wave is that of a promotion in waves, from 1 on; else 0.
	Wave int32
	// Webhooks are the names of those that are asked before the weight rises.
	Webhooks []string
	// Pause says that the step waits for a person.
	Pause bool
	// Verdict has the numbers that a verdict would have now.
	Verdict v1alpha1.Verdict
	// Waits is what the step waits for: one of Gates, another word, or empty.
	Waits string
}

// Gates are the kinds of waiting of a step in the order in which they are asked: what comes after the one that is waited
// for has not been asked yet.
func Gates() []string {
	return []string{
		ReasonPaused, ReasonReplicas, ReasonAcknowledgement, ReasonOnePodFailing, ReasonFrozen, ReasonDuration,
		ReasonOutcomesLost, ReasonRequests, ReasonCapacity, ReasonWave, ReasonWebhook,
	}
}

// StandingOf is false for a Canary without a run under way.
func StandingOf(c *v1alpha1.Canary, now time.Time) (Standing, bool) {
	s := c.Status
	if s.Phase != v1alpha1.CanaryProgressing || s.Run == nil || s.Position == nil || s.Weight == nil {
		return Standing{}, false
	}
	l := look{in: Input{Canary: c, Now: now}, spec: &c.Spec, was: &c.Status, to: *s.DeepCopy()}
	l.verdict(v1alpha1.VerdictInconclusive, "", "")
	weight := s.Weight.Desired
	step, _ := l.specStep()
	out := Standing{
		Next:           l.nextWeight(),
		Judged:         !l.atStart() && weight < full,
		Duration:       stepDuration(&c.Spec, weight),
		MinRequests:    stepMinRequests(&c.Spec, weight),
		OnInconclusive: onInconclusive(&c.Spec),
		FalseAlarm:     falseAlarm(&c.Spec),
		ToleratedRatio: toleratedRatio(&c.Spec),
		LatencyRatio:   latencyRatio(&c.Spec),
		Pause:          step.Pause != nil,
		Verdict:        *l.to.LastVerdict,
		Waits:          waitsFor(s.Position),
	}
	if h := s.Hold; h != nil && h.PromotingHash == s.Run.Revision {
		out.Next, out.MinRequests, out.Wave = full, 0, h.Wave
		return out, true
	}
	for _, w := range l.webhooks() {
		out.Webhooks = append(out.Webhooks, w.Name)
	}
	return out, true
}
