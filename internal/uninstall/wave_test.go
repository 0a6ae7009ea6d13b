package uninstall

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"
)

// Replacing pods by waves ends, and never takes more of a controller's ready pods than it may.
func TestWavesEndAndKeepPodsServing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var pods []Pod
		for owner := range rapid.IntRange(1, 3).Draw(t, "owners") {
			for i := range rapid.IntRange(1, 12).Draw(t, "pods") {
				p := deployed(fmt.Sprintf("%d-%d", owner, i), fmt.Sprint(owner))
				p.Ready = rapid.IntRange(0, 4).Draw(t, "ready") > 0
				pods = append(pods, p)
			}
		}
		full := ReadyPods(pods)
		for rounds := 0; len(pending(pods)) > 0; rounds++ {
			if rounds > 100 {
				t.Fatalf("no end: %v", pods)
			}
			pods = evictAll(pods, Wave(pods, full))
			for owner, ready := range ReadyPods(pods) {
				if missing := full[owner] - ready; missing > max(1, full[owner]/4) {
					t.Fatalf("%d of %d ready pods of %s are missing", missing, full[owner], owner)
				}
			}
			pods = advance(t, pods)
		}
	})
}

func evictAll(pods, wave []Pod) []Pod {
	out := append([]Pod(nil), pods...)
	for i := range out {
		for _, w := range wave {
			if out[i].Name == w.Name {
				out[i].Terminating = true
			}
		}
	}
	return out
}

// advance lets some terminating pods be replaced by plain ones, and some of these become ready.
func advance(t *rapid.T, pods []Pod) []Pod {
	out := append([]Pod(nil), pods...)
	for i := range out {
		switch {
		case out[i].Terminating && rapid.Bool().Draw(t, "replaced"):
			out[i] = Pod{Namespace: "shop", Name: out[i].Name + "n", Owner: out[i].Owner}
		case !out[i].Injected && rapid.Bool().Draw(t, "becomes ready"):
			out[i].Ready = true
		}
	}
	return out
}

func TestWaveWaitsForReplacements(t *testing.T) {
	a, b := deployed("a", "x"), deployed("b", "x")
	full := map[types.UID]int{"x": 2}
	if got := Wave([]Pod{a, b}, full); len(got) != 1 || got[0].Name != "a" {
		t.Errorf("two ready pods: got %v, want the first alone", got)
	}
	starting := Pod{Namespace: "shop", Name: "n", Owner: a.Owner}
	if got := Wave([]Pod{starting, b}, full); len(got) != 0 {
		t.Errorf("the replacement is not ready: got %v, want none", got)
	}
	starting.Ready = true
	if got := Wave([]Pod{starting, b}, full); len(got) != 1 || got[0].Name != "b" {
		t.Errorf("the replacement is ready: got %v, want the second", got)
	}
}
