package view

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/rollout"
)

// Explain says why a Canary stands where it stands, with numbers, and what comes next. Events may be in any order.
func Explain(c *v1alpha1.Canary, events []corev1.Event, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Canary %s/%s: %s\n", c.Namespace, c.Name, headline(c))
	if s, under := rollout.StandingOf(c, now); under {
		b.WriteString("\n" + gatesOf(c, s, now) + "\n" + judgement(c, s) + "\n" + outlook(c, s, now))
	} else {
		b.WriteString("\n" + settled(c, now))
	}
	return printable(b.String() + timeline(events, now))
}

func headline(c *v1alpha1.Canary) string {
	s := c.Status
	if a := meta.FindStatusCondition(s.Conditions, v1alpha1.ConditionAccepted); a != nil && a.Status == metav1.ConditionFalse {
		return fmt.Sprintf("it is not honoured (%s): %s", a.Reason, a.Message)
	}
	switch {
	case s.Phase == "" || s.Run == nil || s.Weight == nil:
		return "the operator has not looked at it yet"
	case s.ObservedGeneration < c.Generation:
		return fmt.Sprintf("the operator has not looked at generation %d yet; this is about %d", c.Generation, s.ObservedGeneration)
	case s.Phase == v1alpha1.CanaryProgressing && s.Pause != nil:
		return fmt.Sprintf("revision %s is paused at %d %% of the requests to Service %s%s", s.Run.Revision, s.Weight.Desired, c.Spec.Service.Name, rollout.Whose(&s))
	case s.Phase == v1alpha1.CanaryProgressing:
		return fmt.Sprintf("revision %s gets %d %% of the requests to Service %s%s", s.Run.Revision, s.Weight.Desired, c.Spec.Service.Name, rollout.Whose(&s))
	}
	return sentence(string(s.Phase), s.Message)
}

// gatesOf is what a step must have before the weight rises.
func gatesOf(c *v1alpha1.Canary, s rollout.Standing, now time.Time) string {
	status := c.Status
	head := fmt.Sprintf("Step %s began %s. The weight becomes %d %% when all of this is so:\n", step(c), when(&status.Position.Since, now), s.Next)
	switch {
	case s.Wave > 0:
		head = fmt.Sprintf("Wave %d of the promotion began %s. The next one follows when all of this is so:\n", s.Wave, when(&status.Position.Since, now))
	case s.Next == status.Weight.Desired && s.Next < 100:
		head = fmt.Sprintf("The run is at its beginning since %s. The first step follows when all of this is so:\n", when(&status.Position.Since, now))
	case status.Weight.Desired == 100:
		head = fmt.Sprintf("Step %s began %s. The version is promoted when all of this is so:\n", step(c), when(&status.Position.Since, now))
	}
	answered, lasted := int64(0), time.Duration(0)
	if e := status.Evidence; e != nil {
		answered = e.StepCanary.Requests
	}
	if at := status.AcknowledgedAt; at != nil {
		lasted = max(0, now.Sub(at.Time)).Truncate(time.Second)
	}
	rows := [][]string{}
	say := func(kind, text string) { rows = append(rows, []string{"  " + asked(s, kind), text}) }
	say(rollout.ReasonPaused, "nobody has paused it")
	say(rollout.ReasonReplicas, "all replicas of the operator have reported")
	say(rollout.ReasonAcknowledgement, "all proxies have the weight: "+applied(status.Proxies))
	if status.Weight.Desired < 100 {
		say(rollout.ReasonOnePodFailing, "it is not a single pod that fails")
		say(rollout.ReasonFrozen, "outcomes can be counted")
		if s.Judged {
			say(rollout.ReasonDuration, fmt.Sprintf("%s have passed since then: %s", s.Duration, lasted))
			say(rollout.ReasonOutcomesLost, "hardly any outcome is lost")
			say(rollout.ReasonRequests, fmt.Sprintf("the new version has answered %d requests in this step: %d", s.MinRequests, answered))
		}
		if s.Wave == 0 {
			say(rollout.ReasonCapacity, fmt.Sprintf("enough pods of the new version serve for %d %%", s.Next))
		}
	}
	if s.Wave > 0 {
		say(rollout.ReasonWave, fmt.Sprintf("the pods of wave %d are available", s.Wave))
	}
	if len(s.Webhooks) > 0 {
		say(rollout.ReasonWebhook, "webhooks agree: "+strings.Join(s.Webhooks, ", "))
	}
	if s.Pause && status.Pause == nil {
		rows = append(rows, []string{"  " + notAsked, "a person says: kubectl weft canary resume " + c.Name})
	}
	text := head + table(rows...)
	if w := status.Position.WaitingFor; w != "" {
		text += "It waits for " + w + "\n"
	}
	return text
}

const notAsked = "not asked yet"

// asked says what is known of a gate when another one is waited for.
func asked(s rollout.Standing, kind string) string {
	all := rollout.Gates()
	at, waits := slices.Index(all, kind), slices.Index(all, s.Waits)
	switch {
	case at == waits:
		return "not yet"
	case waits >= 0 && at < waits:
		return "yes"
	default:
		return notAsked
	}
}

func judgement(c *v1alpha1.Canary, s rollout.Standing) string {
	v := s.Verdict
	lines := []string{
		fmt.Sprintf("new: %s of %d requests failed; stable: %s of %d", errorsOf(v.Canary), v.Canary.Requests, errorsOf(v.Stable), v.Stable.Requests),
	}
	if v.Canary.Requests > 0 && v.Stable.Errors > 0 && v.Stable.Requests > 0 {
		ratio := float64(v.Canary.Errors) / float64(v.Canary.Requests) / (float64(v.Stable.Errors) / float64(v.Stable.Requests))
		lines = append(lines, fmt.Sprintf("that is %.2f times the stable rate; %g times are tolerated", ratio, s.ToleratedRatio))
	}
	switch chosen := c.Status.Run.StableLatency; {
	case chosen.Open():
		lines = append(lines, fmt.Sprintf("latency: two durations are being chosen; %d requests to the stable version were looked at", chosen.Requests))
	case chosen != nil:
		lines = append(lines, fmt.Sprintf("latency: of %d requests to the stable version at most a tenth took longer than %s, and at most a hundredth than %s",
			chosen.Requests, chosen.P90.Duration, chosen.P99.Duration))
	}
	for _, m := range v.Metrics {
		if edge, is := strings.CutPrefix(m.Metric, v1alpha1.MetricLatency+" "); is {
			lines = append(lines, fmt.Sprintf("new: %d of %d requests took longer than %s; stable: %d of %d; %g times the odds are tolerated",
				m.Canary.Events, m.Canary.Requests, edge, m.Stable.Events, m.Stable.Requests, s.LatencyRatio))
		}
	}
	lines = append(lines, fmt.Sprintf("evidence of harm E = %s; harm is found at %s, which a harmless version reaches with a probability of %g at most",
		v.E, v.Threshold, s.FalseAlarm))
	return list("Judge", lines...)
}

// outlook says what happens if nothing else does.
func outlook(c *v1alpha1.Canary, s rollout.Standing, now time.Time) string {
	var lines []string
	status := c.Status
	switch {
	case status.Pause != nil:
		lines = append(lines, fmt.Sprintf("the clock stands still; %s of the deadline are left", status.Pause.Remaining.Duration))
	case status.Deadline != nil:
		what := "it goes back to weight 0"
		switch s.OnInconclusive {
		case v1alpha1.InconclusiveHold:
			what = "it stays, and says so"
		case v1alpha1.InconclusivePromote:
			what = "it goes on if only requests are missing, else it stays"
		}
		lines = append(lines, fmt.Sprintf("at %s: %s (onInconclusive: %s)", when(status.Deadline, now), what, s.OnInconclusive))
	}
	return list("Deadline", lines...) +
		list("At any time", "harm, no serving pod, another revision or kubectl weft canary abort: back to weight 0 at once")
}

// settled explains a Canary without a run under way.
func settled(c *v1alpha1.Canary, now time.Time) string {
	s := c.Status
	text := list("Weight", weight(&s)...)
	if s.Phase == v1alpha1.CanaryRollingBack && s.Proxies != nil {
		text += list("Proxies", append([]string{applied(s.Proxies) + " have acknowledged the weight"}, laggards(s.Proxies)...)...)
	}
	text += list("Verdict", verdict(s.LastVerdict, now)...)
	switch {
	case s.Rejected != "":
		text += list("Next", "revision "+s.Rejected+" is not tried again; another revision is, or this one after: kubectl weft canary retry "+c.Name)
	case s.Phase == v1alpha1.CanaryWaiting:
		text += list("Next", "a run begins when a pod of another revision is there")
	case s.Phase == v1alpha1.CanaryPromoted:
		text += list("Next", "a run begins with the next revision, or when spec.workloads names others")
	}
	return text + history(s.History, now)
}

// eventsShown is how many events an explanation has.
const eventsShown = 12

// timeline lists the latest events, the oldest of them first.
func timeline(events []corev1.Event, now time.Time) string {
	if len(events) == 0 {
		return ""
	}
	events = slices.SortedStableFunc(slices.Values(events), func(a, b corev1.Event) int { return a.LastTimestamp.Compare(b.LastTimestamp.Time) })
	if more := len(events) - eventsShown; more > 0 {
		events = events[more:]
	}
	var rows [][]string
	for _, e := range events {
		rows = append(rows, []string{"  " + when(&e.LastTimestamp, now), e.Reason, e.Message})
	}
	return "\nLatest events\n" + table(rows...)
}
