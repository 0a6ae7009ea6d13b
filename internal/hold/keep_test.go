package hold

import (
	"fmt"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	"pgregory.net/rapid"
)

// held is a world whose new version waits, with one pod admitted.
func held(n int32, surge, unavailable string) *world {
	w := newWorld(n, surge, unavailable)
	w.run.Revision = "v2"
	w.template("v2")
	w.settle()
	return w
}

// With the strategy that most Deployments have.
func TestDefaultsKeepTheStableVersionWhole(t *testing.T) {
	for _, n := range []int32{1, 2, 4, 10} {
		w := held(n, "25%", "25%")
		if got := w.sizes("v1", "v2"); !slices.Equal(got, []int32{n, 1}) {
			t.Errorf("%d replicas: %v", n, got)
		}
		w.state.Size = 1000
		w.settle()
		if got, want := w.sizes("v1", "v2"), []int32{n, w.view().Surge()}; !slices.Equal(got, want) {
			t.Errorf("%d replicas, not metered: %v, want %v", n, got, want)
		}
	}
}

// The sequences that took stable pods away when there was a gate alone; through one and zero and back.
func TestResizesKeepTheStableVersionWhole(t *testing.T) {
	for _, surge := range []string{"1", "25%", "100%"} {
		w := held(4, surge, "25%")
		for _, n := range []int32{8, 2, 12, 1, 8, 0, 4, 10, 5, 20} {
			w.resize(n)
			w.settle()
			if got := w.view().StableReady(); got != n {
				t.Fatalf("surge %s: %d of %d stable pods are ready: %s", surge, got, n, w.picture())
			}
			if w.view().Course() != Held {
				t.Fatalf("surge %s: the course is %s at size %d", surge, w.view().Course(), n)
			}
		}
	}
}

// A third version while a stable pod is unready cost a stable pod for good.
func TestThirdVersionWithAnUnreadyStablePod(t *testing.T) {
	w := held(4, "1", "25%")
	for _, p := range w.pods[:1] {
		setCondition(p, "Ready", false, w.now)
	}
	w.run.Revision = "v3"
	w.template("v3")
	w.settle()
	if got := w.sizes("v1", "v2", "v3"); !slices.Equal(got, []int32{4, 0, 1}) {
		t.Errorf("%v", got)
	}
}

func TestRevertGivesTheNewPodsBack(t *testing.T) {
	w := held(4, "100%", "0")
	w.template("v1")
	w.settle()
	if got := w.sizes("v1", "v2"); !slices.Equal(got, []int32{4, 0}) || w.view().Course() != Steady {
		t.Errorf("%v, %s", got, w.view().Course())
	}
}

// Requests may still go to a version that lost its place: it keeps its pods until they don't.
func TestOutrunVersionKeepsItsPodsWhileItHasAShare(t *testing.T) {
	for _, next := range []string{"v1", "v3"} {
		w := held(4, "25%", "0")
		w.run.Shared = true
		w.template(next)
		w.settle()
		if got := w.sizes("v1", "v2"); !slices.Equal(got, []int32{4, 1}) {
			t.Errorf("%s came while v2 had a share: %v", next, got)
		}
		w.run.Shared = false
		w.settle()
		w.template(next) // what a poke does: the controller looks again
		w.settle()
		if got := w.sizes("v1", "v2"); !slices.Equal(got, []int32{4, 0}) {
			t.Errorf("%s came and v2 has no share: %v", next, got)
		}
	}
}

// A rejected version gets no pods, and those that it has go, once no request goes to them [D03].
func TestRefusal(t *testing.T) {
	w := held(4, "100%", "0")
	w.run.Rejected, w.run.Shared = "v2", true
	w.settle()
	if got := w.sizes("v1", "v2"); !slices.Equal(got, []int32{4, 1}) {
		t.Errorf("while it has a share: %v", got)
	}
	w.run.Shared = false
	w.settle()
	if got := w.sizes("v1", "v2"); !slices.Equal(got, []int32{4, 0}) {
		t.Errorf("afterwards: %v", got)
	}
	w.resize(6)
	w.settle()
	if got := w.sizes("v1", "v2"); !slices.Equal(got, []int32{6, 0}) {
		t.Errorf("after an autoscaler: %v", got)
	}
	w.run.Rejected = ""
	w.settle()
	if got := w.sizes("v1", "v2"); !slices.Equal(got, []int32{6, 1}) {
		t.Errorf("tried again: %v", got)
	}
}

// promote goes through all waves.
func (w *world) promote(each func()) {
	w.state.Promoting = "v2"
	for w.state.Promoting != "" {
		if arrived, have, want := w.view().Arrived(w.now); !arrived {
			panic(fmt.Sprintf("wave %d has %d of %d pods: %s", w.state.Wave, have, want, w.picture()))
		}
		w.state.Wave = w.view().NextWave()
		w.settle()
		each()
	}
}

// The old version goes in waves of a quarter, and there are never fewer ready pods than the Deployment's size.
func TestPromotionInWaves(t *testing.T) {
	for _, c := range []struct {
		n                  int32
		surge, unavailable string
	}{{1, "1", "0"}, {2, "25%", "25%"}, {4, "25%", "25%"}, {8, "25%", "0"}, {8, "100%", "0"}, {10, "1", "25%"}, {5, "3", "2"}} {
		name := fmt.Sprintf("%d replicas, %s/%s", c.n, c.surge, c.unavailable)
		w := held(c.n, c.surge, c.unavailable)
		old := w.sizes("v1")[0]
		w.watch = func(w *world) {
			if ready := w.view().StableReady() + w.view().count("v2", ready); ready < c.n {
				t.Fatalf("%s: %d pods are ready: %s", name, ready, w.picture())
			}
		}
		w.promote(func() {
			now := w.sizes("v1")[0]
			if left := old - now; left > (c.n+3)/4 {
				t.Errorf("%s: wave %d took %d pods", name, w.state.Wave, left)
			}
			old = now
		})
		if got := w.sizes("v1", "v2"); !slices.Equal(got, []int32{0, c.n}) || !slices.Equal(w.state.Stable, []string{"v2"}) {
			t.Errorf("%s: in the end %v, stable %v", name, got, w.state.Stable)
		}
	}
}

// A version that fails in the middle of its promotion: the stable one gets all of its pods back [D03].
func TestFailureInHalfPromotion(t *testing.T) {
	for _, surge := range []string{"25%", "100%"} {
		w := held(8, surge, "25%")
		w.state.Promoting = "v2"
		for range 2 {
			w.state.Wave = w.view().NextWave()
			w.settle()
		}
		if got := w.sizes("v1")[0]; got != 4 {
			t.Fatalf("surge %s: %s", surge, w.picture())
		}
		w.state.Promoting, w.state.Wave, w.run.Rejected = "", 0, "v2"
		w.settle()
		if got := w.sizes("v1", "v2"); !slices.Equal(got, []int32{8, 0}) {
			t.Errorf("surge %s: %v", surge, got)
		}
		for _, n := range []int32{1, 0, 8} {
			w.resize(n)
			w.settle()
			if got := w.view().StableReady(); got != n {
				t.Errorf("surge %s: %d of %d", surge, got, n)
			}
		}
	}
}

// Whatever happens to a Deployment: no stable pod goes that its size or a wave does not take, its number is right when all
// has settled, pods are gated only beside a stable version, and none is withheld before that one is being repaired.
func TestAnyHistory(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		size := rapid.Int32Range(1, 20)
		w := newWorld(size.Draw(r, "n"), rapid.SampledFrom([]string{"1", "2", "25%", "100%"}).Draw(r, "surge"),
			rapid.SampledFrom([]string{"0", "1", "25%", "100%"}).Draw(r, "unavailable"))
		stable := w.view().StableReady()
		w.watch = func(w *world) {
			v := w.view()
			now := v.StableReady()
			if v.Holds() && now < min(stable, floor(v.wave(), v.Replicas())) {
				r.Fatalf("%d stable pods are left of %d, the floor is %d: %s", now, stable, floor(v.wave(), v.Replicas()), w.picture())
			}
			stable = now
		}
		for range rapid.IntRange(1, 12).Draw(r, "events") {
			happens(r, w, size)
			stable = w.view().StableReady()
			w.settle()
			v := w.view()
			if want := floor(v.wave(), v.Replicas()); v.Holds() && v.StableReady() < want {
				r.Fatalf("%d of %d stable pods: %s", v.StableReady(), want, w.picture())
			}
			for _, p := range w.pods {
				if v.isStable(Hash(p)) && Waiting(p) {
					r.Fatalf("pod %s is stable and waits", p.Name)
				}
			}
		}
	})
}

func happens(r *rapid.T, w *world, size *rapid.Generator[int32]) {
	course := w.view().Course()
	switch event := rapid.IntRange(0, 6).Draw(r, "event"); {
	case event <= 1:
		n := size.Draw(r, "resize")
		if rapid.Bool().Draw(r, "zero") {
			n = 0
		}
		w.resize(n)
	case event == 2:
		image := rapid.SampledFrom([]string{"v1", "v2", "v3", "v4"}).Draw(r, "image")
		w.template(image)
		w.run.Revision, w.run.Rejected, w.run.Shared, w.state.Size = image, "", false, 0
		w.state.Promoting, w.state.Wave = "", 0
	case event == 3 && course == Held:
		w.state.Size = max(w.state.Size, size.Draw(r, "size"))
	case event == 4 && course == Held:
		w.run.Rejected = w.view().Newest()
	case course == Held && w.run.Rejected == "":
		w.state.Promoting, w.state.Wave = w.view().Newest(), w.view().NextWave()
	case course == Promoting:
		if arrived, _, _ := w.view().Arrived(w.now); arrived {
			w.state.Wave = w.view().NextWave()
		}
	}
}

// What is not known to be new is not gated: no answer may keep an application from starting.
func TestNeverGatedWithoutAStableVersion(t *testing.T) {
	w := newWorld(3, "25%", "25%")
	w.template("v2")
	w.settle()
	set := w.view().newest
	for name, c := range map[string]struct {
		change func(*Input)
		gate   bool
	}{
		"as it is":                                      {func(*Input) {}, true},
		"there is no Deployment":                        {func(in *Input) { in.Deployment = nil }, false},
		"nothing is remembered":                         {func(in *Input) { in.State = State{} }, false},
		"the Deployment was made anew":                  {func(in *Input) { in.State.DeploymentUID = "another" }, false},
		"the stable ReplicaSet is gone":                 {func(in *Input) { in.Sets = []*appsv1.ReplicaSet{set} }, false},
		"the ReplicaSet is not known yet":               {func(in *Input) { in.Sets = nil }, false},
		"old pods go first (Recreate)":                  {func(in *Input) { in.Deployment = recreates(in.Deployment) }, false},
		"it takes over":                                 {func(in *Input) { in.State.Promoting, in.State.Wave = "v2", WaveWhole }, false},
		"it takes over in waves":                        {func(in *Input) { in.State.Promoting, in.State.Wave = "v2", 2 }, true},
		"it was promoted":                               {func(in *Input) { in.State.Stable = []string{"v2"} }, false},
		"it differs by a restart from what is promoted": {func(in *Input) { in.Sets = []*appsv1.ReplicaSet{likeStable(in), set} }, false},
	} {
		in := Input{Deployment: w.d, Sets: w.sets, State: w.state, Run: w.run}
		c.change(&in)
		if got := Look(in).Admit(set); got.Gate != c.gate || got.Refuse != "" {
			t.Errorf("%s: %+v, want a gate: %v", name, got, c.gate)
		}
	}
}

func recreates(d *appsv1.Deployment) *appsv1.Deployment {
	d = d.DeepCopy()
	d.Spec.Strategy = appsv1.DeploymentStrategy{Type: appsv1.RecreateDeploymentStrategyType}
	return d
}

// likeStable is the stable set as if v2 were a restart of it.
func likeStable(in *Input) *appsv1.ReplicaSet {
	stable := in.Sets[0].DeepCopy()
	stable.Spec.Template.Spec.Containers[0].Image = "v2"
	stable.Spec.Template.Annotations = map[string]string{restarted: "2026-05-01T09:00:00Z"}
	return stable
}

// A restart rolls as if we were not there, and what comes after is compared with it.
func TestRestartIsNoRelease(t *testing.T) {
	w := newWorld(4, "25%", "25%")
	w.d.Spec.Template.Annotations = map[string]string{restarted: "2026-05-01T09:00:00Z"}
	w.d.Generation++
	w.settle()
	if hash := w.view().Newest(); !slices.Equal(w.sizes("v1", hash), []int32{0, 4}) || !slices.Equal(w.state.Stable, []string{hash}) {
		t.Errorf("%s, stable %v", w.picture(), w.state.Stable)
	}
}

// Size zero shows nothing: the version that comes up from there was not judged.
func TestZeroPromotesNothing(t *testing.T) {
	w := newWorld(3, "25%", "25%")
	w.resize(0)
	w.settle()
	w.template("v2")
	w.settle()
	if !slices.Equal(w.state.Stable, []string{"v1"}) {
		t.Errorf("stable: %v", w.state.Stable)
	}
	w.resize(3)
	w.settle()
	if got := w.sizes("v1", "v2"); !slices.Equal(got, []int32{3, 1}) {
		t.Errorf("%v", got)
	}
}

// Two replicas of the webhook may each let one pod in at once. In a promotion too, what is above the wave waits and goes.
func TestSurplusOfAWaveGoes(t *testing.T) {
	w := held(4, "100%", "0")
	w.state.Promoting, w.state.Wave = "v2", 2
	w.settle()
	set := w.view().newest
	if got := w.sizes("v1", "v2"); !slices.Equal(got, []int32{2, 2}) {
		t.Fatalf("%v, %s", got, w.picture())
	}
	surplus := w.view().pods[Hash(set)][0].DeepCopy()
	surplus.Name, surplus.Status.Conditions = "surplus", nil
	w.pods = append(w.pods, surplus)
	got := w.view().Plan(w.now)
	if len(got) != 1 || got[0].Verb != Delete || got[0].Pod.Name != "surplus" {
		t.Errorf("%+v", got)
	}
}
