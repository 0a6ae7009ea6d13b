package rollout

import (
	"slices"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/outcome"
)

// Rules say which outcomes are errors: faults of the server, and callers that gave up after more than the objective. A
// caller that gave up earlier proves nothing.
type Rules struct {
	// Objective of latency. Without it, or where an agent does not compare with it, it is outcome.SlowSeconds.
	Objective time.Duration
}

// RulesOf are those of a Canary. An objective that is not among the edges of its run is for the next run.
func RulesOf(c *v1alpha1.Canary) Rules {
	a, run := c.Spec.Analysis, c.Status.Run
	if a == nil || a.LatencyObjective == nil || run == nil || !slices.Contains(run.LatencyEdges, *a.LatencyObjective) {
		return Rules{}
	}
	return Rules{Objective: a.LatencyObjective.Duration}
}

// errors is the part of an outcome's requests that are errors. Slow has those that took longer than each edge.
func (r Rules) errors(word string, all amount, slow map[time.Duration]amount) amount {
	switch outcome.ClassOf(word) {
	case outcome.Bad:
		return all
	case outcome.GaveUp:
		if late, known := slow[r.Objective]; known {
			return late
		}
		if word == outcome.AbandonedSlow {
			return all
		}
	}
	return amount{}
}
