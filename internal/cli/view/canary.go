package view

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/rollout"
)

// Canary is all about one Canary.
func Canary(c *v1alpha1.Canary, now time.Time) string {
	s := c.Status
	var b strings.Builder
	fmt.Fprintf(&b, "Canary %s/%s of Service %s\n", c.Namespace, c.Name, c.Spec.Service.Name)
	b.WriteString(list("Phase", sentence(orNone(string(s.Phase)), s.Message)))
	if s.Run != nil && s.Run.Revision != "" {
		b.WriteString(list("Revision", fmt.Sprintf("%s, run began %s", s.Run.Revision, when(&s.Run.StartedAt, now))))
	}
	if under(c) {
		b.WriteString(progress(c, now))
	}
	b.WriteString(list("Weight", weight(&s)...))
	if s.Proxies != nil {
		b.WriteString(list("Proxies", append([]string{applied(s.Proxies) + " have acknowledged the weight"}, laggards(s.Proxies)...)...))
	}
	b.WriteString(list("Pods", pods(s.Hold)...))
	b.WriteString(list("Findings", holdFindings(s.Hold)...))
	b.WriteString(list("Evidence", evidence(s.Evidence)...))
	b.WriteString(list("Metrics", readings(s.Metrics, now)...))
	b.WriteString(list("Verdict", verdict(s.LastVerdict, now)...))
	if s.Rejected != "" {
		b.WriteString(list("Rejected", "revision "+s.Rejected+" is not tried again until it changes, or: kubectl weft canary retry "+c.Name))
	}
	b.WriteString(list("Command", command(s.LastCommand, now)...))
	b.WriteString(list("Attention", wrong(s.Conditions)...))
	return printable(b.String() + history(s.History, now))
}

// under says whether a run is under way.
func under(c *v1alpha1.Canary) bool {
	return c.Status.Phase == v1alpha1.CanaryProgressing || c.Status.Phase == v1alpha1.CanaryRollingBack
}

func progress(c *v1alpha1.Canary, now time.Time) string {
	s := c.Status
	text := ""
	if p := s.Position; p != nil {
		text += list("Step", fmt.Sprintf("%s, %s, since %s", step(c), orNone(p.Step), when(&p.Since, now)))
		text += list("Waiting for", waitingFor(p))
	}
	text += list("Paused", pause(s.Pause, now)...) + list("Gates", gates(s.Gates, now)...)
	if s.AcknowledgedAt != nil {
		text += list("Acknowledged", when(s.AcknowledgedAt, now))
	}
	return text + list("Deadline", when(s.Deadline, now))
}

func pause(p *v1alpha1.CanaryPause, now time.Time) []string {
	if p == nil {
		return nil
	}
	line := fmt.Sprintf("by %s, since %s", p.By, when(&p.Since, now))
	if p.Until != nil {
		line += ", until " + when(p.Until, now)
	}
	return []string{line, fmt.Sprintf("%s of the deadline are left", p.Remaining.Duration)}
}

func gates(all []v1alpha1.GateResult, now time.Time) []string {
	var out []string
	for _, g := range all {
		out = append(out, sentence(fmt.Sprintf("%s is %s since %s", g.Name, g.State, when(&g.Time, now)), g.Message))
	}
	return out
}

// step is the step that a run is at, as "2 of 4".
func step(c *v1alpha1.Canary) string {
	if !under(c) || c.Status.Phase == v1alpha1.CanaryRollingBack {
		return none
	}
	steps := len(c.Spec.Steps)
	if steps > 0 && c.Spec.Steps[steps-1].Weight < 100 {
		steps++
	}
	return fmt.Sprintf("%d of %d", c.Status.Step+1, max(steps, int(c.Status.Step)+1))
}

func readings(metrics []v1alpha1.MetricReading, now time.Time) []string {
	var out []string
	for _, m := range metrics {
		out = append(out, fmt.Sprintf("%s: %s, %s, %s", m.Name, m.State, m.Message, when(&m.Time, now)))
	}
	return out
}

func weight(s *v1alpha1.CanaryStatus) []string {
	w := s.Weight
	if w == nil {
		return []string{none}
	}
	out := []string{fmt.Sprintf("%d %% wanted, %d %% acknowledged, %s observed", w.Desired, w.Acknowledged, percent(w.Observed))}
	if whose := strings.TrimLeft(rollout.Whose(s), " ,"); whose != "" {
		out = append(out, whose)
	}
	return out
}

func shortWeight(w *v1alpha1.CanaryWeight) string {
	switch {
	case w == nil:
		return none
	case w.Desired == w.Acknowledged:
		return fmt.Sprintf("%d %%", w.Desired)
	default:
		return fmt.Sprintf("%d %% -> %d %%", w.Acknowledged, w.Desired)
	}
}

func evidence(e *v1alpha1.Evidence) []string {
	if e == nil {
		return nil
	}
	text := table(
		[]string{"", "REQUESTS", "ERRORS", "IN THIS STEP", "ERRORS"},
		[]string{"new", fmt.Sprint(e.Canary.Requests), errorsOf(e.Canary), fmt.Sprint(e.StepCanary.Requests), errorsOf(e.StepCanary)},
		[]string{"stable", fmt.Sprint(e.Stable.Requests), errorsOf(e.Stable), fmt.Sprint(e.StepStable.Requests), errorsOf(e.StepStable)},
	)
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if reasons := reasonsOf(e.Canary.Reasons); reasons != "" {
		lines = append(lines, "errors of the new version: "+reasons)
	}
	if test := e.Test(v1alpha1.MetricErrors); test != nil && len(test.Pods) > 0 {
		lines = append(lines, "pods with errors: "+strings.Join(test.Pods, ", "))
	}
	return lines
}

func errorsOf(c v1alpha1.Counts) string {
	if c.Requests == 0 {
		return fmt.Sprint(c.Errors)
	}
	return fmt.Sprintf("%d (%.2f %%)", c.Errors, 100*float64(c.Errors)/float64(c.Requests))
}

func reasonsOf(reasons map[string]int64) string {
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		parts = append(parts, fmt.Sprintf("%d %s", reasons[reason], reason))
	}
	return strings.Join(parts, ", ")
}

func verdict(v *v1alpha1.Verdict, now time.Time) []string {
	if v == nil {
		return nil
	}
	return []string{
		sentence(fmt.Sprintf("%s (%s)", v.Result, v.Reason), v.Message),
		fmt.Sprintf("at %s, at weight %d %%", when(&v.Time, now), v.Weight),
		fmt.Sprintf("evidence of harm E = %s; harm is found at %s", v.E, v.Threshold),
		fmt.Sprintf("new: %s of %d requests failed; stable: %s of %d", errorsOf(v.Canary), v.Canary.Requests, errorsOf(v.Stable), v.Stable.Requests),
	}
}

func command(c *v1alpha1.Command, now time.Time) []string {
	if c == nil {
		return nil
	}
	return []string{fmt.Sprintf("%s of revision %s by %s, %s: %s", c.Action, c.Revision, c.Actor, when(&c.Time, now), Outcome(*c))}
}

// Outcome says what became of a command.
func Outcome(c v1alpha1.Command) string {
	if c.Refused != "" {
		return "refused: " + c.Refused
	}
	return "carried out"
}

func history(records []v1alpha1.CanaryRecord, now time.Time) string {
	if len(records) == 0 {
		return ""
	}
	rows := [][]string{{"  REVISION", "PHASE", "REASON", "ENDED", "VERDICT", "MESSAGE"}}
	for _, r := range records {
		rows = append(rows, []string{"  " + r.Revision, string(r.Phase), r.Reason, when(&r.EndedAt, now), shortVerdict(r.Verdict), r.Message})
	}
	return "Past runs, newest first\n" + table(rows...)
}

// shortVerdict is a verdict in a table.
func shortVerdict(v *v1alpha1.Verdict) string {
	if v == nil {
		return none
	}
	return fmt.Sprintf("%s at %d %%: E %s of %s", v.Result, v.Weight, v.E, v.Threshold)
}

func readiness(conditions []metav1.Condition) string {
	ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady)
	if ready == nil {
		return none
	}
	return string(ready.Status)
}

func sentence(head, text string) string {
	if text == "" {
		return head
	}
	return head + ": " + text
}
