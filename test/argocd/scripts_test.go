package argocd

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/rollout"
)

var now = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

// release drives a Canary by the core itself, so that the scripts see what the operator really writes.
type release struct {
	c   *v1alpha1.Canary
	in  rollout.Input
	now time.Time
}

func begin() *release {
	version := func(v string) v1alpha1.PodSelector {
		return v1alpha1.PodSelector{MatchLabels: map[string]string{"version": v}}
	}
	c := &v1alpha1.Canary{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", UID: "u", Generation: 1, ResourceVersion: "7"}}
	c.Spec.Workloads = &v1alpha1.CanaryWorkloads{Stable: version("v1"), Canary: version("v2")}
	c.Spec.Steps = []v1alpha1.CanaryStep{{Weight: 5, Pause: &v1alpha1.StepPause{}}, {Weight: 50}}
	r := &release{c: c, now: now, in: rollout.Input{
		Revision: "h2", Serving: rollout.Serving{Stable: 2, Canary: 2}, CanaryPods: 2, Decidable: true,
		Acks: v1alpha1.Acknowledgement{Acknowledged: 3, Total: 3},
	}}
	return r
}

func (r *release) look(times int) *release {
	for range times {
		r.now = r.now.Add(10 * time.Second)
		r.in.Now, r.in.Canary = r.now, r.c
		pod := rollout.PodCounts{Requests: 100}
		r.in.Batch = rollout.Batch{
			Stable: rollout.Arm{Pods: map[string]rollout.PodCounts{"a": pod}}, Canary: rollout.Arm{Pods: map[string]rollout.PodCounts{"b": pod}},
		}
		r.c.Status = rollout.Next(r.in).Status
	}
	return r
}

// states are what a person sees of a release.
func states() map[string]*release {
	paused := begin().look(20)
	back := begin().look(5)
	back.in.Serving.Canary = 0
	going := begin().look(5)
	going.in.Serving.Canary, going.in.Acks.Acknowledged = 0, 2
	promoted := begin()
	promoted.c.Spec.Steps[0].Pause = nil
	none := begin()
	none.in.Revision = ""
	edited := begin().look(5)
	edited.c.Generation = 2
	conflict := begin()
	conflict.in.Conflict, conflict.in.ConflictReason = "Service web already has the Canary older", "Conflict"
	held := begin()
	held.c.Spec.OnInconclusive = v1alpha1.InconclusiveHold
	held.in.Acks.Acknowledged = 2
	return map[string]*release{
		"fresh": begin(), "no new version": none.look(3), "running": begin().look(5), "paused": paused, "promoted": promoted.look(60),
		"going back": going.look(1), "rolled back": back.look(5), "edited": edited, "conflict": conflict.look(2), "held": held.look(200),
	}
}

func TestHealth(t *testing.T) {
	s := load(t)
	got := map[string]string{}
	for name, r := range states() {
		said := run(t, s.health, r.c).(map[string]any)
		got[name] = said["status"].(string)
		if said["message"] == "" {
			t.Errorf("%s: nothing is said", name)
		}
	}
	want := map[string]string{
		"fresh": "Progressing", "no new version": "Healthy", "running": "Progressing", "paused": "Suspended", "promoted": "Healthy",
		"going back": "Degraded", "rolled back": "Degraded", "edited": "Progressing", "conflict": "Degraded", "held": "Degraded",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestActionsThatAreOffered(t *testing.T) {
	s := load(t)
	got := map[string][]string{}
	for name, r := range states() {
		var offered []string
		for action, settings := range run(t, s.Discovery, r.c).(map[string]any) {
			if settings.(map[string]any)["disabled"] == false {
				offered = append(offered, action)
			}
		}
		slices.Sort(offered)
		got[name] = offered
	}
	running := []string{"abort", "pause", "promote"}
	want := map[string][]string{
		"fresh": nil, "no new version": nil, "running": running, "paused": {"abort", "promote", "resume"}, "promoted": nil,
		"going back": nil, "rolled back": {"retry"}, "edited": running, "conflict": nil, "held": running,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What is offered is carried out when it is pressed, by the name of Argo CD, and nothing but the annotation changes.
func TestOfferedActionsAreCarriedOut(t *testing.T) {
	s := load(t)
	pressed := map[string]bool{}
	for name := range states() {
		for _, a := range s.Actions {
			r := states()[name]
			settings := run(t, s.Discovery, r.c).(map[string]any)[a.Name].(map[string]any)
			if settings["disabled"] == true {
				continue
			}
			pressed[a.Name] = true
			after := run(t, a.Script, r.c)
			c, text := command(t, after)
			if want := (v1alpha1.Action)(a.Name); c.Action != want || c.Actor != "argocd" || c.Revision != "h2" || c.ID == "" || c.Time.IsZero() {
				t.Errorf("%s: %s", a.Name, text)
			}
			delete(after.(map[string]any)["metadata"].(map[string]any), "annotations")
			if diff := cmp.Diff(untouched(generic(t, r.c)), untouched(after)); diff != "" {
				t.Errorf("%s changes more (-before +after):\n%s", a.Name, diff)
			}
			r.c.Annotations = map[string]string{v1alpha1.AnnotationCommand: text}
			r.look(1)
			if last := r.c.Status.LastCommand; last == nil || last.ID != c.ID || last.Refused != "" {
				t.Errorf("%s when %s: %+v", a.Name, name, last)
			}
		}
	}
	if got := slices.Sorted(maps.Keys(pressed)); !slices.Equal(got, []string{"abort", "pause", "promote", "resume", "retry"}) {
		t.Errorf("pressed %v", got)
	}
}

// untouched makes empty lists and maps the same: Lua can't tell them apart, and Argo CD puts back what was there.
func untouched(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, item := range v {
			out[key] = untouched(item)
		}
		return out
	case []any:
		if len(v) == 0 {
			return map[string]any{}
		}
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = untouched(item)
		}
		return out
	}
	return value
}
