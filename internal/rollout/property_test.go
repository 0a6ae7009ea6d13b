package rollout

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

func logOf(x float64) float64 { return math.Log(x) }

// TestAnyCourse drives a run through revisions, samples, restarts, lost acknowledgements, jumps of the clock in both
// directions, scaling, edits, webhooks and commands [D03 D24 D25]. Weights are legal, never above what was acknowledged plus
// one step, and never raised without pods; harm always reaches 0; what is inconclusive is not promoted; only the revision
// that was judged is. Each step of the world also checks that a restart changes nothing.
func TestAnyCourse(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		c := newCourse(r)
		for n := range rapid.IntRange(20, 120).Draw(r, "steps") {
			c.happens(r, n)
			c.look(r, time.Duration(rapid.SampledFrom([]int{1, 5, 5, 5, 30, 3000, -3000}).Draw(r, "seconds"))*time.Second)
		}
		c.ends(r)
	})
}

func (c *course) look(r *rapid.T, d time.Duration) {
	w := c.w
	was := *w.status().DeepCopy()
	got := w.step(d)
	s := got.Status
	for _, e := range got.Events {
		if !strings.Contains(c.docs, "`"+e.Reason+"`") {
			r.Fatalf("docs/metrics.md does not say what the reason %s means", e.Reason)
		}
	}
	if s.Run == nil {
		return
	}
	said := func(reason string) bool {
		return slices.ContainsFunc(got.Events, func(e Event) bool { return e.Reason == reason })
	}
	// Harm takes the share away for as long as the run lasts, unless there is nowhere to go or a person says so. A revision
	// that comes again has a run of its own.
	adopted := said(ReasonUnjudged)
	if said(ReasonRetried) || said(ReasonRevisionDetected) || adopted {
		delete(c.harmful, s.Run.Revision)
	}
	if v := s.LastVerdict; v != nil && v.Result == v1alpha1.VerdictFail {
		c.harmful[s.Run.Revision] = true
	}
	if c.harmful[s.Run.Revision] && s.Weight.Desired > 0 && w.stable > 0 {
		r.Fatalf("revision %s does harm and has weight %d", s.Run.Revision, s.Weight.Desired)
	}
	if s.Rejected != "" && s.Rejected == s.Run.Revision && s.RejectedConfig == s.Run.Config && s.Weight.Desired > 0 {
		r.Fatalf("the rejected revision has weight %d", s.Weight.Desired)
	}
	if s.Phase == v1alpha1.CanaryProgressing && (s.Deadline == nil) == (s.Pause == nil) {
		r.Fatalf("deadline %v, pause %+v: a run has one of them", s.Deadline, s.Pause)
	}
	if s.Pause != nil && s.Phase != v1alpha1.CanaryProgressing {
		r.Fatalf("paused in phase %s", s.Phase)
	}
	if was.Run == nil {
		return
	}
	// A pinned revision is exchanged only when its share is 0 everywhere, or nothing else is left.
	if adopted && (was.Phase != v1alpha1.CanaryPromoted || w.stable > 0) {
		r.Fatalf("%s was adopted in phase %s, with %d stable pods", s.Run.Revision, was.Phase, w.stable)
	}
	if s.Run.Revision != was.Run.Revision && !adopted && (was.Weight.Desired != 0 || was.AcknowledgedAt == nil && s.Phase != v1alpha1.CanaryWaiting && was.Phase != v1alpha1.CanaryWaiting) {
		r.Fatalf("%s took the place of %s at weight %+v", s.Run.Revision, was.Run.Revision, *was.Weight)
	}
	if s.Phase == v1alpha1.CanaryPromoted && was.Phase != s.Phase && (s.Run.Revision != was.Run.Revision || s.Weight.Acknowledged != 100) {
		r.Fatalf("promoted %s from %s at %+v", s.Run.Revision, was.Run.Revision, *s.Weight)
	}
	if s.Weight.Desired > was.Weight.Desired {
		c.rise(r, was, s)
	}
	c.evidence(r, was, s)
}

// rise: the weight goes up to a step of the spec or 100, when its step is over, with pods, and not while something forbids it.
func (c *course) rise(r *rapid.T, was, s v1alpha1.CanaryStatus) {
	w, weight := c.w, s.Weight.Desired
	if _, named := specStep(&w.canary.Spec, weight); !named && weight != full {
		r.Fatalf("weight %d is no step", weight)
	}
	if s.Position.Sequence != was.Position.Sequence+1 {
		r.Fatalf("the sequence goes from %d to %d", was.Position.Sequence, s.Position.Sequence)
	}
	own, _ := specStep(&w.canary.Spec, was.Weight.Desired)
	taken := was.Pause != nil && was.Pause.By == v1alpha1.PausedBySpec && own.Pause == nil // out of the spec
	if was.Pause != nil && was.Pause.Until == nil && !taken && commandID(s) == commandID(was) {
		r.Fatalf("weight %d became %d in a pause", was.Weight.Desired, weight)
	}
	if w.canary.Spec.ConfigChanges == v1alpha1.ConfigNewRun && w.config != "" && s.Run.Config != "" && s.Run.Config != w.config {
		r.Fatalf("weight %d with evidence of configuration %s, and now it is %s", weight, s.Run.Config, w.config)
	}
	if s.Pause != nil || c.conflict || w.undecided {
		r.Fatalf("weight %d became %d: pause %+v, conflict %v, undecided %v", was.Weight.Desired, weight, s.Pause, c.conflict, w.undecided)
	}
	if want := (int(weight)*w.stable + full - 1) / full; w.serving < max(1, want) {
		r.Fatalf("weight %d with %d pods, %d stable", weight, w.serving, w.stable)
	}
	if was.AcknowledgedAt == nil && s.AcknowledgedAt == nil && s.Weight.Acknowledged != was.Weight.Desired {
		r.Fatalf("weight %d was left before it was acknowledged", was.Weight.Desired)
	}
	forced := s.Position.Change == forcedChange(s.Run.Revision)
	for _, hook := range w.canary.Spec.Webhooks {
		open := c.agreed[hook.Name] == was.Position.Sequence
		if asked := len(hook.Before) == 0 || weight == full; asked && !open && !forced {
			r.Fatalf("weight %d without the agreement of %s", weight, hook.Name)
		}
	}
	if lasts := stepDuration(&w.canary.Spec, was.Weight.Desired); !forced && was.Weight.Desired > 0 && lasts > 0 &&
		(was.AcknowledgedAt == nil || w.now.Sub(was.AcknowledgedAt.Time) < lasts) {
		r.Fatalf("weight %d was left too early: it lasts %s from %v on", was.Weight.Desired, lasts, was.AcknowledgedAt)
	}
}

func commandID(s v1alpha1.CanaryStatus) string {
	if s.LastCommand == nil {
		return ""
	}
	return s.LastCommand.ID
}

// ends: harm reaches 0 everywhere, and a run ends, for a deadline ends it at the latest, also when something stays away for
// good. Only Hold, Promote and a pause may keep it.
func (c *course) ends(r *rapid.T) {
	w := c.w
	if w.status().Run == nil {
		return
	}
	c.heal()
	w.canary.Annotations = nil
	switch rapid.SampledFrom([]string{"nothing", "requests", "webhooks", "pods", "a proxy"}).Draw(r, "missing") {
	case "requests":
		w.perSecond = 0
	case "webhooks":
		c.answers["a"], c.answers["b"] = false, false
	case "pods":
		w.serving, w.stable = 1, 40
	case "a proxy":
		w.silent = true
	}
	about := w.status().Run.Revision
	harmed := w.status().LastVerdict != nil && w.status().LastVerdict.Result == v1alpha1.VerdictFail && w.revision == about
	for range 100 {
		c.look(r, 45*time.Second)
	}
	s := w.status()
	if harmed && (s.Run.Revision != about || s.Weight.Desired != 0 || s.Weight.Acknowledged != 0 && !w.silent) {
		r.Fatalf("harm of %s has not reached 0: %s", about, encode(r, *s))
	}
	mayStay := s.Pause != nil || onInconclusive(&w.canary.Spec) != v1alpha1.InconclusiveRollback
	if s.Phase == v1alpha1.CanaryRollingBack && !w.silent || s.Phase == v1alpha1.CanaryProgressing && !mayStay {
		r.Fatalf("the run does not end: %s", encode(r, *s))
	}
}

// evidence: a step with a share is left upwards only with a verdict Pass, by command, or where the spec asks for it.
func (c *course) evidence(r *rapid.T, was, s v1alpha1.CanaryStatus) {
	if was.Weight.Desired == 0 || s.Weight.Desired <= was.Weight.Desired {
		return
	}
	forced := s.Position.Change == forcedChange(s.Run.Revision)
	passed := s.LastVerdict != nil && s.LastVerdict.Result == v1alpha1.VerdictPass && s.LastVerdict.Weight == was.Weight.Desired
	asked := c.w.canary.Spec.OnInconclusive == v1alpha1.InconclusivePromote
	if !forced && !passed && !asked {
		r.Fatalf("weight %d was left for %d without evidence: %+v", was.Weight.Desired, s.Weight.Desired, s.LastVerdict)
	}
}

// TestConstantJudges shows that the worlds tell a judge from a constant: one must end well and the other must not.
func TestConstantJudges(t *testing.T) {
	for seed := range uint64(8) {
		good, bad := newWorld(t), newWorld(t)
		good.random, bad.random = rand.New(rand.NewPCG(seed, 5)), rand.New(rand.NewPCG(seed, 5))
		bad.badCanary = 0.05
		good.untilPhase(v1alpha1.CanaryPromoted)
		bad.untilPhase(v1alpha1.CanaryRolledBack)
	}
}

func TestConflictMovesNothing(t *testing.T) {
	w := newWorld(t)
	w.untilWeight(5)
	before := w.status().DeepCopy()
	w.beforeNext = func(in *Input) { in.Conflict, in.ConflictReason = "two canaries for one Service", "Conflict" }
	for range 100 {
		w.step(time.Minute)
	}
	s := w.status()
	if s.Weight.Desired != 5 || s.Position.Sequence != before.Position.Sequence || w.count("Conflict") != 1 {
		t.Errorf("%s", encode(t, *s))
	}
	w.beforeNext = nil
	w.perSecond = 200
	w.step(5 * time.Second)
	if s.Conditions[0].Status != "True" {
		t.Errorf("%+v", s.Conditions)
	}
}
