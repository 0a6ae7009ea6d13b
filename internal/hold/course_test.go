package hold_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/hold"
	"github.com/weft-mesh/weft/internal/rollout"
)

// course is a Canary that holds a Deployment: Kubernetes' controllers, the decisions and the actions together. Proxies
// acknowledge after two looks; each look is two seconds after the one before.
type course struct {
	hold.World
	t      failer
	canary *v1alpha1.Canary
	now    time.Time
	looks  int // since the position has changed
	bad    map[string]bool
	silent bool
	walked []int32
	events []string
}

type failer interface {
	Helper()
	Fatalf(string, ...any)
}

func newCourse(t failer, n int32, surge, unavailable string, steps ...int32) *course {
	c := &course{World: hold.NewWorld(n, surge, unavailable), t: t, bad: map[string]bool{}, now: time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)}
	c.canary = &v1alpha1.Canary{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "reviews", UID: "c1", Generation: 1}}
	c.canary.Spec.Service.Name = "reviews"
	c.canary.Spec.TargetRef = &v1alpha1.WorkloadReference{Kind: v1alpha1.KindDeployment, Name: "reviews"}
	few := int64(10)
	for _, weight := range steps {
		c.canary.Spec.Steps = append(c.canary.Spec.Steps, v1alpha1.CanaryStep{Weight: weight, Duration: &metav1.Duration{Duration: 10 * time.Second}, MinRequests: &few})
	}
	c.look(3)
	return c
}

// look lets everybody look some times.
func (c *course) look(times int) {
	for range times {
		c.Kubernetes()
		c.decide()
		c.Weft(c.canary)
		c.now = c.now.Add(2 * time.Second)
	}
}

func (c *course) decide() {
	object := c.canary.DeepCopy()
	v := c.View(object)
	object.Status.Hold = v.Status()
	in := rollout.Input{Canary: object, Decidable: true, Now: c.now}
	in.Held, in.Revision = rollout.HeldBy(v, object, map[string]string{"app": "reviews"}, c.now)
	in.ConflictReason, in.Conflict = v.Refusal("reviews")
	pinned := in.Revision
	if run := object.Status.Run; run != nil && run.Revision != "" && rollout.InProgress(object) {
		pinned = run.Revision
	}
	in.CanaryPods = int(v.Living(pinned))
	in.Serving.Canary, in.Serving.Stable = c.Serving(pinned)
	in.Acks = v1alpha1.Acknowledgement{Total: 2, Acknowledged: 2}
	if c.looks++; c.looks <= 2 || c.silent {
		in.Acks.Acknowledged = 1
	}
	in.Batch = c.batch(pinned, in.Serving.Canary)
	d := rollout.Next(in)
	c.check(in, d.Status)
	if p, was := d.Status.Position, c.canary.Status.Position; was == nil || p.Sequence != was.Sequence {
		c.looks = 0
		c.walked = append(c.walked, d.Status.Weight.Desired)
	}
	c.canary.Status = d.Status
	for _, e := range d.Events {
		c.events = append(c.events, e.Reason)
	}
}

// batch is what callers have seen in two seconds.
func (c *course) batch(revision string, serving int) rollout.Batch {
	var b rollout.Batch
	s := c.canary.Status
	if s.Weight == nil || s.Weight.Acknowledged == 0 || serving == 0 {
		return b
	}
	b.Stable.Pods = map[string]rollout.PodCounts{"10.0.1.1": {Requests: 400}}
	b.Canary.Pods = map[string]rollout.PodCounts{}
	for i := range min(serving, 2) {
		p := rollout.PodCounts{Requests: 40}
		if c.bad[revision] {
			p.Errors, p.LeastErrorSeconds, p.MostErrorSeconds, p.Reasons = 20, 2, 2, map[string]int64{"5xx": 20}
		}
		b.Canary.Pods[fmt.Sprintf("10.0.2.%d", i)] = p
	}
	return b
}

// check holds for every decision: the share is not above the new version's part of the pods when it rises, only a
// revision that was judged takes over, and a bad one never does.
func (c *course) check(in rollout.Input, s v1alpha1.CanaryStatus) {
	c.t.Helper()
	was := c.canary.Status
	if s.Weight == nil || was.Weight == nil || s.Run.Revision == "" {
		return
	}
	if w := s.Weight.Desired; w > was.Weight.Desired && w < 100 && w > hold.Share(int32(in.Serving.Canary), int32(in.Serving.Stable)) {
		c.t.Fatalf("weight %d with %d pods beside %d", w, in.Serving.Canary, in.Serving.Stable)
	}
	if p := s.Hold.PromotingHash; p != "" && (p != s.Run.Revision || was.Hold.PromotingHash == "" && (s.LastVerdict == nil || s.LastVerdict.Result != v1alpha1.VerdictPass)) {
		c.t.Fatalf("%s takes over; the run is about %s, the verdict %+v", p, s.Run.Revision, s.LastVerdict)
	}
	if s.Phase == v1alpha1.CanaryPromoted && was.Phase != s.Phase && c.bad[s.Run.Revision] {
		c.t.Fatalf("%s is bad and was promoted: %s", s.Run.Revision, c.Picture())
	}
}

func (c *course) until(what string, is func() bool) {
	c.t.Helper()
	for range 400 {
		if is() {
			return
		}
		c.look(1)
	}
	text, _ := json.MarshalIndent(c.canary.Status, "", " ")
	c.t.Fatalf("%s: never; %s\n%s", what, c.Picture(), text)
}

func (c *course) untilPhase(p v1alpha1.CanaryPhase) {
	c.t.Helper()
	c.until(string(p), func() bool { return c.canary.Status.Phase == p })
}

func (c *course) weight() int32 { return c.canary.Status.Weight.Desired }

// A good version walks the steps that its pods can carry, and then takes over in waves: at each moment as many pods are
// ready as the Deployment is to have [D02 D11].
func TestGoodVersionTakesOver(t *testing.T) {
	for _, x := range []struct {
		n                  int32
		surge, unavailable string
		walk               []int32
	}{
		{4, "25%", "25%", []int32{0, 0, 5, 20, 20, 25, 25, 50, 50, 75, 75, 100, 100, 100}},
		{1, "1", "0", []int32{0, 0, 5, 20, 50, 50, 100, 100, 100}},
		{10, "25%", "25%", nil}, {8, "100%", "0", nil}, {3, "2", "1", nil},
	} {
		c := newCourse(t, x.n, x.surge, x.unavailable, 5, 20, 50)
		c.Template("v2")
		c.Watch(func() {
			its, others := c.Serving("v2")
			if int32(its+others) < x.n {
				t.Fatalf("%d+%d pods serve, the size is %d: %s", others, its, x.n, c.Picture())
			}
		})
		c.untilPhase(v1alpha1.CanaryPromoted)
		if got := c.Sizes("v1", "v2"); !slices.Equal(got, []int32{0, x.n}) || c.weight() != 100 {
			t.Errorf("%d, %s/%s: %v at weight %d", x.n, x.surge, x.unavailable, got, c.weight())
		}
		if x.walk != nil && !slices.Equal(c.walked, x.walk) {
			t.Errorf("%d, %s/%s: the weights were %v, want %v", x.n, x.surge, x.unavailable, c.walked, x.walk)
		}
		c.look(5)
		if s := c.canary.Status; s.Phase != v1alpha1.CanaryPromoted || !slices.Equal(s.Hold.StableHashes, []string{"v2"}) || s.Hold.Wave != 0 {
			t.Errorf("afterwards: %+v", s.Hold)
		}
		c.Template("v3")
		c.untilPhase(v1alpha1.CanaryProgressing)
		c.untilPhase(v1alpha1.CanaryPromoted)
	}
}

// A bad version goes back, its pods go, and nothing is tried again until somebody changes the Deployment [D03].
func TestBadVersionGoesBack(t *testing.T) {
	c := newCourse(t, 4, "25%", "25%", 5, 20)
	c.bad["v2"] = true
	c.Template("v2")
	c.untilPhase(v1alpha1.CanaryRolledBack)
	c.look(30)
	if got := c.Sizes("v1", "v2"); !slices.Equal(got, []int32{4, 0}) || c.canary.Status.Phase != v1alpha1.CanaryRolledBack {
		t.Fatalf("%v, %s", got, c.canary.Status.Phase)
	}
	c.Resize(6)
	c.look(5)
	if got := c.Sizes("v1", "v2"); !slices.Equal(got, []int32{6, 0}) {
		t.Errorf("after an autoscaler: %v", got)
	}
	c.Template("v1")
	c.look(5)
	for _, k := range c.canary.Status.Conditions {
		if k.Type == v1alpha1.ConditionReady && k.Status != metav1.ConditionTrue {
			t.Errorf("after a revert: %+v", k)
		}
	}
	c.Template("v3")
	c.untilPhase(v1alpha1.CanaryPromoted)
}

// It turns bad in the middle of its promotion, as late as when it has all requests: the stable version gets its size
// back [D03].
func TestVersionTurnsBadInItsPromotion(t *testing.T) {
	for wave := int32(1); wave <= 3; wave++ {
		c := newCourse(t, 8, "25%", "25%", 10)
		c.Template("v2")
		c.until("the wave", func() bool { return c.canary.Status.Hold != nil && c.canary.Status.Hold.Wave == wave })
		c.look(2)
		c.bad["v2"] = true
		c.untilPhase(v1alpha1.CanaryRolledBack)
		c.look(5)
		if got := c.Sizes("v1", "v2"); !slices.Equal(got, []int32{8, 0}) {
			t.Errorf("wave %d: %v", wave, got)
		}
	}
}

// Another version, or the old one again, comes in each phase: the share is 0 everywhere before the pods go, and the next
// one is judged from the start.
func TestNewVersionInEachPhase(t *testing.T) {
	for _, next := range []string{"v1", "v3"} {
		for looks := 1; looks < 80; looks += 7 {
			c := newCourse(t, 4, "1", "25%", 5, 20)
			c.Template("v2")
			c.look(looks)
			c.Template(next)
			c.Watch(func() {
				w := c.canary.Status.Weight
				if its, _ := c.Serving("v2"); c.canary.Status.Run.Revision == "v2" && its == 0 && w.Desired > 0 && w.Desired < 100 {
					t.Fatalf("%s after %d looks: no pod is left at weight %d: %s", next, looks, w.Desired, c.Picture())
				}
			})
			c.until(next, func() bool { n := c.Sizes("v1", "v2", "v3"); return c.Sizes(next)[0] == 4 && n[0]+n[1]+n[2] == 4 })
		}
	}
}

// Resizes to anything, also to nothing, in every phase: the version is judged all the same, and no stable pod is missing
// when all is still.
func TestResizesInEachPhase(t *testing.T) {
	for looks := 1; looks < 80; looks += 7 {
		for _, n := range []int32{0, 1, 8} {
			c := newCourse(t, 4, "25%", "25%", 5, 20)
			c.Template("v2")
			c.look(looks)
			c.Resize(n)
			c.look(4)
			c.Resize(4)
			c.untilPhase(v1alpha1.CanaryPromoted)
			c.look(6)
			if got := c.Sizes("v1", "v2"); !slices.Equal(got, []int32{0, 4}) {
				t.Errorf("to %d after %d looks: %v", n, looks, got)
			}
		}
	}
}

// Any history: see check and the floor below.
func TestAnyCourse(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.Int32Range(1, 12)
		c := newCourse(r, n.Draw(r, "n"), rapid.SampledFrom([]string{"1", "25%", "100%"}).Draw(r, "surge"),
			rapid.SampledFrom([]string{"0", "25%", "100%"}).Draw(r, "unavailable"), 5, 20, 50)
		ready := int32(0)
		c.Watch(func() {
			v := c.View(c.canary)
			if now := v.StableReady(); v.Holds() && now < min(ready, v.FloorNow()) {
				r.Fatalf("%d stable pods of %d are left, the floor is %d: %s", now, ready, v.FloorNow(), c.Picture())
			}
			ready = c.View(c.canary).StableReady()
		})
		for range rapid.IntRange(1, 10).Draw(r, "events") {
			switch rapid.IntRange(0, 5).Draw(r, "event") {
			case 0:
				c.Template(rapid.SampledFrom([]string{"v1", "v2", "v3", "v4"}).Draw(r, "image"))
			case 1:
				c.Resize(n.Draw(r, "resize") * rapid.SampledFrom([]int32{0, 1, 1}).Draw(r, "zero"))
			case 2:
				c.bad[rapid.SampledFrom([]string{"v2", "v3"}).Draw(r, "bad")] = true
			case 3:
				c.silent = !c.silent
			}
			ready = c.View(c.canary).StableReady()
			c.look(rapid.SampledFrom([]int{1, 2, 5, 20, 40}).Draw(r, "looks"))
		}
		c.silent = false
		c.Resize(5)
		c.look(60)
		v := c.View(c.canary)
		if v.Holds() && c.canary.Status.Phase == v1alpha1.CanaryRolledBack && v.StableReady() != 5 {
			r.Fatalf("%d of 5 stable pods in the end: %s", v.StableReady(), c.Picture())
		}
	})
}
