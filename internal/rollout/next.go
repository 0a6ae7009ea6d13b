package rollout

import (
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// Next decides. It changes nothing of its input. While nothing has changed, the status is equal to the stored one.
func Next(in Input) Decision {
	l := look{in: in, spec: effective(in), was: &in.Canary.Status, to: *in.Canary.Status.DeepCopy()}
	l.to.ObservedGeneration = in.Canary.Generation
	begun := l.to.Run != nil && l.to.Position != nil && l.to.Weight != nil
	if begun {
		l.rewind()
		l.acknowledge()
		l.observe()
		l.readMetrics()
		l.judge()
		l.hear()
		l.elapse()
		l.command()
	}
	switch {
	case l.in.Conflict != "" && begun:
		l.retreat()
		l.refuse()
	case l.in.Conflict != "":
		l.refuse()
	case begun:
		l.move()
		l.resize()
		l.describe()
	default:
		l.begin()
		l.describe()
	}
	return l.decision()
}

// look is one call of Next: the stored status, and the one that takes its place.
type look struct {
	in   Input
	spec *v1alpha1.CanarySpec
	was  *v1alpha1.CanaryStatus
	to   v1alpha1.CanaryStatus

	abort  *v1alpha1.Command // waits to be carried out
	waived bool              // a deadline has passed, and the spec asks to go on without enough requests
	ask    []Question
	took   []string // IDs of readings
	events []Event
}

// move takes at most one step: back first.
func (l *look) move() {
	switch l.to.Phase {
	case v1alpha1.CanaryProgressing:
		l.progress()
	case v1alpha1.CanaryRollingBack:
		l.finishRollback()
	case v1alpha1.CanaryPromoted:
		switch {
		case l.reselect():
		case l.in.Held != nil:
			l.start()
		default:
			l.leavePromoted()
		}
	default:
		if !l.reselect() {
			l.start()
		}
	}
}

// acknowledge notes when the stored weight has reached the last live proxy. A proxy that comes later starts with the
// current weight, so it does not stop the clock.
func (l *look) acknowledge() {
	if !l.in.Decidable {
		return
	}
	acks := l.in.Acks
	l.to.Proxies = acks.DeepCopy()
	if l.to.AcknowledgedAt != nil || !acks.Complete() {
		return
	}
	l.to.AcknowledgedAt = l.mark()
	l.to.Weight.Acknowledged = l.to.Weight.Desired
	l.say(normal, ReasonStepAcknowledged, "weight %d is acknowledged by %d proxies", l.to.Weight.Desired, acks.Total)
}

const (
	normal  = "Normal" // types of events
	warning = "Warning"
)

func (l *look) say(kind, reason, format string, args ...any) {
	l.events = append(l.events, Event{Type: kind, Reason: reason, Message: fmt.Sprintf(format, args...)})
}

// mark is now for the status. Stored times have whole seconds; rounded up, no clock runs short.
func (l *look) mark() *metav1.Time {
	t := l.in.Now.UTC()
	if whole := t.Truncate(time.Second); !whole.Equal(t) {
		t = whole.Add(time.Second)
	}
	return &metav1.Time{Time: t}
}

// wait notes what the position waits for and says it when the kind is another than before.
func (l *look) wait(reason, message string) {
	text := reason + ": " + message
	if waitsFor(l.was.Position) != reason {
		if kind, told := toldWhenWaiting[reason]; told {
			l.say(kind, reason, "%s", message)
		}
	}
	l.to.Position.WaitingFor = text
}

func (l *look) decision() Decision {
	return Decision{Status: l.to, Events: l.events, Ask: l.ask, Measure: l.measures(), Took: l.took, RequeueAfter: l.requeue()}
}

// requeue is when the step's duration or its deadline ends, whichever is next.
func (l *look) requeue() time.Duration {
	var next time.Duration
	consider := func(at time.Time) {
		if d := at.Sub(l.in.Now); d > 0 && (next == 0 || d < next) {
			next = d
		}
	}
	if l.to.Deadline != nil {
		consider(l.to.Deadline.Time)
	}
	if l.to.Pause != nil && l.to.Pause.Until != nil {
		consider(l.to.Pause.Until.Time)
	}
	if l.to.Phase == v1alpha1.CanaryProgressing && l.to.AcknowledgedAt != nil {
		consider(l.to.AcknowledgedAt.Add(stepDuration(l.spec, l.to.Weight.Desired)))
	}
	if l.tracks() && (l.to.Phase == v1alpha1.CanaryProgressing || waitsFor(l.to.Position) == ReasonConfigUnknown) {
		consider(l.in.Now.Add(configAgain))
	}
	for _, m := range l.measured() {
		if due, ever := l.due(m); ever {
			consider(due)
		}
	}
	measures := l.measures()
	if len(l.ask) > 0 || len(measures) > 0 {
		consider(l.in.Now.Add(askAgain))
	}
	if slices.ContainsFunc(measures, func(q Measure) bool { return q.Job != nil }) {
		consider(l.in.Now.Add(jobAgain))
	}
	if l.moved() {
		consider(l.in.Now.Add(time.Second))
	}
	return next
}

func (l *look) moved() bool {
	return l.was.Position == nil && l.to.Position != nil || l.to.Phase != l.was.Phase
}
