package rollout

import (
	"fmt"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// configAgain is how often a run looks at its configuration: nothing tells of a change.
const configAgain = 10 * time.Second

// reconfigured says that the pods of the run are configured by something else than when it began, so that its evidence is
// about something else. What is not known is not different.
func (l *look) reconfigured() bool {
	was, now := l.to.Run.Config, l.in.Config
	return l.tracks() && was != "" && now != "" && was != now
}

func (l *look) tracks() bool { return l.spec.ConfigChanges == v1alpha1.ConfigNewRun }

func reconfiguredBy(revision string) cause {
	return cause{reason: ReasonSuperseded, message: fmt.Sprintf("a ConfigMap or Secret of revision %s has changed", revision)}
}

// refused says that a revision was rolled back as it is configured now.
func (l *look) refused(revision string) bool {
	if revision != l.to.Rejected {
		return false
	}
	return !l.tracks() || l.in.Config == "" || l.to.RejectedConfig == "" || l.in.Config == l.to.RejectedConfig
}
