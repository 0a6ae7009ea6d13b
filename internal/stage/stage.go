// Package stage is the one machine for changes that must not happen everywhere at once: a canary's weight, the two
// layers of a Policy, the phases of a root's rotation.
//
// A change is a list of steps. Each step is a state of the outputs that is safe to stay in for ever; its gate says
// whether the next step may begin. Where a change stands is a v1alpha1.Position in the status of its owner: outputs
// follow what is stored there, so a step counts only after it was written, and a restarted operator goes on from it.
package stage

import (
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// Step is one safe state of the outputs.
type Step struct {
	Name string
	// Gate says whether the step may be left, and else what it waits for. The last step has none. Only the gate of the
	// current step is asked.
	Gate func() (open bool, waitingFor string)
}

// Advance returns the position after one look at the gate. It moves by at most one step. Another change than the
// stored one begins at the first step; the sequence goes on rising, so that no acknowledgement of an earlier step can
// be taken for one of a later. A position whose step is not in the list begins anew too.
func Advance(stored *v1alpha1.Position, change string, steps []Step, now time.Time) v1alpha1.Position {
	if stored == nil {
		return begin(0, change, steps[0], now)
	}
	at := slices.IndexFunc(steps, func(s Step) bool { return s.Name == stored.Step })
	if stored.Change != change || at < 0 {
		return begin(stored.Sequence, change, steps[0], now)
	}
	next := *stored
	next.WaitingFor = ""
	if steps[at].Gate == nil {
		return next
	}
	open, waitingFor := steps[at].Gate()
	if !open {
		next.WaitingFor = waitingFor
		return next
	}
	return begin(stored.Sequence, change, steps[at+1], now)
}

func begin(sequence int64, change string, s Step, now time.Time) v1alpha1.Position {
	return v1alpha1.Position{Change: change, Sequence: sequence + 1, Step: s.Name, Since: metav1.NewTime(now)}
}

// Finished says whether a position is at the last step of a change.
func Finished(stored *v1alpha1.Position, change string, steps []Step) bool {
	return stored != nil && stored.Change == change && stored.Step == steps[len(steps)-1].Name
}
