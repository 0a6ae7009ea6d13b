package rollout

import (
	"encoding/json"
	"fmt"
	"hash/fnv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// command carries out what a person wants, once for each ID. An abort waits for the rollback that it causes.
func (l *look) command() {
	text := l.in.Canary.Annotations[v1alpha1.AnnotationCommand]
	if text == "" {
		return
	}
	c, problem := readCommand(text)
	if last := l.to.LastCommand; last != nil && last.ID == c.ID {
		return
	}
	if problem == "" {
		problem = l.refusal(c)
	}
	if problem != "" {
		c.Refused = problem
		l.noted(c)
		l.say(warning, ReasonCommandRefused, "%s by %s: %s", c.Action, c.Actor, problem)
		return
	}
	switch c.Action {
	case v1alpha1.ActionAbort:
		l.abort = &c
	case v1alpha1.ActionPause:
		l.pause(c.Actor, nil)
		l.carriedOut(c, ReasonPaused)
	case v1alpha1.ActionResume:
		l.resume(c.Actor)
		l.carriedOut(c, ReasonResumed)
	case v1alpha1.ActionPromote:
		l.unpause()
		l.to.Position.Change = forcedChange(l.to.Run.Revision)
		l.carriedOut(c, ReasonForced)
	case v1alpha1.ActionRetry:
		l.to.Rejected, l.to.RejectedConfig = "", ""
		l.carriedOut(c, ReasonRetried)
	}
}

// readCommand reads the annotation. What can't be read gets an ID of its own, so that it is refused once.
func readCommand(text string) (c v1alpha1.Command, problem string) {
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		sum := fnv.New64a()
		sum.Write([]byte(text))
		return v1alpha1.Command{ID: fmt.Sprintf("unreadable-%x", sum.Sum64())}, "the annotation is not a command: " + err.Error()
	}
	c.Refused = ""
	c.Time = metav1.Time{Time: c.Time.UTC()}
	return c, ""
}

// refusal is why a command can't be carried out.
func (l *look) refusal(c v1alpha1.Command) string {
	if c.ID == "" {
		return "it has no ID"
	}
	if c.Revision == "" || c.Revision != l.to.Run.Revision {
		return fmt.Sprintf("it is about revision %q, and the run is about %q", c.Revision, l.to.Run.Revision)
	}
	if l.in.Conflict != "" && c.Action != v1alpha1.ActionAbort {
		return "the spec is not honoured: " + l.in.Conflict
	}
	phase := l.to.Phase
	switch c.Action {
	case v1alpha1.ActionAbort, v1alpha1.ActionPromote, v1alpha1.ActionPause, v1alpha1.ActionResume:
		if phase != v1alpha1.CanaryProgressing {
			return fmt.Sprintf("nothing is in progress: the phase is %s", phase)
		}
		if c.Action == v1alpha1.ActionPromote && l.failed() {
			return "the revision does harm: " + l.to.LastVerdict.Message
		}
		return l.pauseRefusal(c.Action)
	case v1alpha1.ActionRetry:
		if phase != v1alpha1.CanaryRolledBack || l.to.Rejected != c.Revision {
			return fmt.Sprintf("revision %s was not rejected", c.Revision)
		}
		if l.in.Revision != c.Revision {
			return fmt.Sprintf("the newest pods are of revision %q", l.in.Revision)
		}
	default:
		return fmt.Sprintf("there is no command %q", c.Action)
	}
	return ""
}

func (l *look) carriedOut(c v1alpha1.Command, reason string) {
	l.noted(c)
	l.say(normal, reason, "%s of revision %s by %s", c.Action, c.Revision, c.Actor)
}

func (l *look) noted(c v1alpha1.Command) { l.to.LastCommand = &c }
