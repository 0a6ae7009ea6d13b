package view

import (
	"fmt"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// Line is a Canary on one line, for a log of its changes.
func Line(c *v1alpha1.Canary, now time.Time) string {
	s := c.Status
	line := now.UTC().Format(time.TimeOnly) + "  " + orNone(string(s.Phase))
	if s.Run != nil && s.Run.Revision != "" {
		line += " " + s.Run.Revision
	}
	if n := step(c); n != none {
		line += "  step " + n
	}
	line += "  weight " + weight(&s)[0]
	if w := waitingFor(s.Position); w != none && under(c) {
		line += "  waiting for " + w
	}
	if v := s.LastVerdict; v != nil {
		line += fmt.Sprintf("  verdict %s (%s), new %s of %d, stable %s of %d",
			v.Result, v.Reason, errorsOf(v.Canary), v.Canary.Requests, errorsOf(v.Stable), v.Stable.Requests)
	}
	if !under(c) && s.Message != "" {
		line += "  " + s.Message
	}
	return printable(line)
}

// Mark is equal for two states of a Canary that differ only in running numbers: these alone are no news.
func Mark(c *v1alpha1.Canary) string {
	s := c.Status
	mark := fmt.Sprint(s.Phase, s.Step, c.Generation, s.ObservedGeneration)
	if s.Run != nil {
		mark += " run " + s.Run.Revision
	}
	if s.Weight != nil {
		mark += fmt.Sprint(" weight ", s.Weight.Desired, s.Weight.Acknowledged)
	}
	if s.Position != nil {
		mark += " at " + s.Position.Step + " " + s.Position.WaitingFor
	}
	if s.Pause != nil {
		mark += " paused by " + s.Pause.By
	}
	for _, g := range s.Gates {
		mark += fmt.Sprint(" gate ", g.Name, g.State)
	}
	if s.LastVerdict != nil {
		mark += fmt.Sprint(" verdict ", s.LastVerdict.Result, s.LastVerdict.Reason)
	}
	if s.LastCommand != nil {
		mark += " command " + s.LastCommand.ID
	}
	return mark
}

// Ended says whether the last run of a Canary has ended, as the operator saw it after the last edit. With a revision,
// only a run of that revision counts.
func Ended(c *v1alpha1.Canary, revision string) bool {
	s := c.Status
	if s.ObservedGeneration < c.Generation {
		return false
	}
	if revision != "" && lastRevision(c) != revision {
		return false
	}
	return s.Phase == v1alpha1.CanaryPromoted || s.Phase == v1alpha1.CanaryRolledBack
}

func lastRevision(c *v1alpha1.Canary) string {
	switch s := c.Status; {
	case s.Run != nil:
		return s.Run.Revision
	case len(s.History) > 0:
		return s.History[0].Revision
	default:
		return ""
	}
}
