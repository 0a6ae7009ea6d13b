package uninstall

import (
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"
)

func deployed(name, owner string) Pod {
	return Pod{Namespace: "shop", Name: name, Owner: Owner{Kind: "ReplicaSet", Name: owner, UID: types.UID(owner)}, Injected: true, Ready: true}
}

func TestPlan(t *testing.T) {
	bare := Pod{Namespace: "shop", Name: "bare", Injected: true}
	job := Pod{Namespace: "shop", Name: "job", Injected: true, Owner: Owner{Kind: "Job", UID: "job"}}
	ended := deployed("ended", "a")
	ended.Finished = true
	plain := deployed("plain", "a")
	plain.Injected = false
	home := Object{Kind: namespace, Name: "weft-system"}
	service := Object{Kind: core.WithKind("Service"), Namespace: "weft-system", Name: "weft"}
	trust := Object{Kind: core.WithKind("ConfigMap"), Namespace: "weft-system", Name: "weft-trust"}

	cases := map[string]struct {
		reason string
		found  Found
		want   []Step
		left   []Pod
	}{
		"Nothing": {reason: "a plain cluster needs no step"},
		"Pods": {
			reason: "only pods that run our sidecar and that a controller makes anew are evicted",
			found:  Found{Pods: []Pod{job, deployed("b", "a"), ended, plain, bare, deployed("a", "a")}},
			want:   []Step{{Stage: Sidecars, Pods: []Pod{deployed("a", "a"), deployed("b", "a")}}},
			left:   []Pod{bare, job},
		},
		"OurNamespace": {
			reason: "what is in our namespace goes with it",
			found:  Found{Objects: map[Stage][]Object{Home: {service, home}}},
			want:   []Step{{Stage: Home, Objects: []Object{home}}},
		},
		"TheirNamespace": {
			reason: "a namespace that is not ours stays, and what is ours in it is deleted once",
			found:  Found{Objects: map[Stage][]Object{Made: {trust}, Home: {service, trust}}},
			want:   []Step{{Stage: Made, Objects: []Object{trust}}, {Stage: Home, Objects: []Object{service}}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Plan(tc.found)); diff != "" {
				t.Errorf("%s: Plan (-want +got):\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.left, Left(tc.found), cmp.Transformer("empty", func(p []Pod) string { return strings.Join(capped(p), " ") })); diff != "" {
				t.Errorf("%s: Left (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

// Whatever is found in whatever order: stages are in order, and each object of a stage but the last is in the plan.
func TestPlanIsOrderedAndComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		found := Found{Objects: map[Stage][]Object{}}
		for _, s := range sources {
			for _, name := range rapid.SliceOfNDistinct(rapid.StringMatching(`[a-c]`), 0, 3, rapid.ID).Draw(t, s.kind.Kind) {
				found.Objects[s.stage] = append(found.Objects[s.stage], Object{Kind: s.kind, Namespace: "x", Name: name})
			}
		}
		plan := Plan(found)
		if !slices.IsSortedFunc(plan, func(a, b Step) int { return int(a.Stage - b.Stage) }) {
			t.Fatalf("stages out of order: %v", plan)
		}
		for _, step := range plan {
			if step.Stage != Home && len(step.Objects) != len(found.Objects[step.Stage]) {
				t.Fatalf("%s: %d objects planned of %d", step.Stage, len(step.Objects), len(found.Objects[step.Stage]))
			}
		}
		pods := []Pod{deployed("a", "x"), deployed("b", "x"), deployed("c", "y")}
		found.Pods = pods
		first := Plan(found)
		found.Pods = slices.Clone(pods)
		rand.Shuffle(len(pods), func(i, j int) { found.Pods[i], found.Pods[j] = found.Pods[j], found.Pods[i] })
		if diff := cmp.Diff(first, Plan(found)); diff != "" {
			t.Fatalf("order of pods changes the plan:\n%s", diff)
		}
	})
}

func TestRefusal(t *testing.T) {
	operator := map[Stage][]Object{Control: {{Kind: deployment, Namespace: "weft-system", Name: Operator}}}
	cases := map[string]struct {
		found Found
		want  string // a part of the error; empty for none
	}{
		"None":      {Found{Objects: operator}, ""},
		"OLM":       {Found{Objects: operator, Package: "operators/weft.v0.1.0"}, "ClusterServiceVersion operators/weft.v0.1.0"},
		"Elsewhere": {Found{Elsewhere: []string{"mesh"}}, "--operator-namespace"},
		"Two":       {Found{Objects: operator, Elsewhere: []string{"mesh"}}, "another operator runs in namespace mesh"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			err := Refusal(tc.found)
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want an error with %q", err, tc.want)
			}
		})
	}
}
