package rollout

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

func logOf(x float64) float64 { return math.Log(x) }

// TestAnyCourse drives a run through samples, lost acknowledgements, jumps of the clock, revisions and commands. Each
// step of the world also checks bounds, the order of weights, and that a restart changes nothing.
func TestAnyCourse(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(r)
		w.perSecond = 40
		w.random = rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 3))
		w.canary.Spec.OnInconclusive = rapid.SampledFrom([]v1alpha1.OnInconclusive{
			"", v1alpha1.InconclusiveRollback, v1alpha1.InconclusiveHold, v1alpha1.InconclusivePromote,
		}).Draw(r, "onInconclusive")
		c := course{w: w, harmful: map[string]bool{}}
		for n := range rapid.IntRange(20, 120).Draw(r, "steps") {
			c.happens(r, n)
			c.look(r, time.Duration(rapid.SampledFrom([]int{1, 5, 5, 30, 3000}).Draw(r, "seconds"))*time.Second)
		}
	})
}

type course struct {
	w       *world
	harmful map[string]bool // revisions with the verdict Fail that were not retried
}

func (c *course) happens(r *rapid.T, n int) {
	w := c.w
	switch rapid.IntRange(0, 14).Draw(r, "event") {
	case 0:
		w.revision = rapid.SampledFrom([]string{"", "h2", "h3", "h4"}).Draw(r, "revision")
	case 1:
		w.badCanary = rapid.SampledFrom([]float64{0, 0.001, 0.3, 1}).Draw(r, "badCanary")
	case 2:
		w.silent = !w.silent
	case 3:
		w.serving = rapid.IntRange(0, 4).Draw(r, "serving")
	case 4:
		w.stable = rapid.IntRange(0, 4).Draw(r, "stable")
	case 5:
		w.undecided = !w.undecided
	case 6:
		w.frozen = !w.frozen
	case 7, 8:
		action := rapid.SampledFrom([]v1alpha1.Action{v1alpha1.ActionAbort, v1alpha1.ActionPromote, v1alpha1.ActionRetry,
			v1alpha1.ActionPause, v1alpha1.ActionResume})
		w.say(fmt.Sprint(n), action.Draw(r, "action"), rapid.SampledFrom([]string{"h2", "h3"}).Draw(r, "about"))
	case 9:
		w.perSecond = rapid.SampledFrom([]int{0, 40}).Draw(r, "perSecond")
	case 10: // all is well for a while
		w.silent, w.undecided, w.frozen, w.stable, w.serving, w.perSecond, w.badCanary = false, false, false, 4, 4, 40, 0.001
	}
}

func (c *course) look(r *rapid.T, d time.Duration) {
	w := c.w
	was := *w.status().DeepCopy()
	got := w.step(d)
	s := got.Status
	said := func(reason string) bool {
		return slices.ContainsFunc(got.Events, func(e Event) bool { return e.Reason == reason })
	}
	// Harm takes the share away for as long as the revision stays, unless there is nowhere to go or a person says so.
	if said(ReasonRetried) || said(ReasonRevisionDetected) {
		delete(c.harmful, s.Run.Revision)
	}
	if v := s.LastVerdict; v != nil && v.Result == v1alpha1.VerdictFail {
		c.harmful[s.Run.Revision] = true
	}
	if c.harmful[s.Run.Revision] && s.Weight.Desired > 0 && w.stable > 0 {
		r.Fatalf("revision %s does harm and has weight %d", s.Run.Revision, s.Weight.Desired)
	}
	if was.Run == nil {
		return
	}
	// A pinned revision is exchanged only when its share is 0 everywhere, or nothing else is left.
	adopted := said(ReasonUnjudged)
	if adopted && (was.Phase != v1alpha1.CanaryPromoted || w.stable > 0) {
		r.Fatalf("%s was adopted in phase %s, with %d stable pods", s.Run.Revision, was.Phase, w.stable)
	}
	if s.Run.Revision != was.Run.Revision && !adopted && (was.Weight.Desired != 0 || was.AcknowledgedAt == nil && s.Phase != v1alpha1.CanaryWaiting && was.Phase != v1alpha1.CanaryWaiting) {
		r.Fatalf("%s took the place of %s at weight %+v", s.Run.Revision, was.Run.Revision, *was.Weight)
	}
	if s.Phase == v1alpha1.CanaryPromoted && was.Phase != s.Phase && (s.Run.Revision != was.Run.Revision || s.Weight.Acknowledged != 100) {
		r.Fatalf("promoted %s from %s at %+v", s.Run.Revision, was.Run.Revision, *s.Weight)
	}
	if was.Pause != nil && s.Pause != nil && s.Weight.Desired != was.Weight.Desired {
		r.Fatalf("weight %d became %d in a pause", was.Weight.Desired, s.Weight.Desired)
	}
	if s.Pause != nil && (s.Phase != v1alpha1.CanaryProgressing || s.Deadline != nil) {
		r.Fatalf("paused in phase %s with the deadline %v", s.Phase, s.Deadline)
	}
	c.evidence(r, was, s)
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
