package ack

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
)

func pods(names ...string) []model.ProxyPod {
	var out []model.ProxyPod
	for _, n := range names {
		out = append(out, model.ProxyPod{Key: model.Key{Namespace: "shop", Name: n}, UID: n})
	}
	return out
}

func TestCount(t *testing.T) {
	stamp := model.Stamp{UID: "p", Version: "7"}
	view := View{Complete: true, Reports: map[string]Report{
		"a": {Latest: []map[string]string{{"p": "7"}}},
		"b": {Latest: []map[string]string{{"p": "7"}}, Behind: map[string]string{"p": "6"}},
		"c": {Rejected: map[string]Refusal{"p": {"7", "bad filter"}}},
		"d": {Rejected: map[string]Refusal{"p": {"6", "an older one"}}},
	}}
	for reason, tc := range map[string]struct {
		pods []model.ProxyPod
		want v1alpha1.Acknowledgement
	}{
		"only this version counts":                    {pods("a", "b"), v1alpha1.Acknowledgement{Acknowledged: 1, Total: 2, Pending: []string{"shop/b"}}},
		"a refusal of this version has Envoy's text":  {pods("c"), v1alpha1.Acknowledgement{Total: 1, Rejected: []v1alpha1.Rejection{{Pod: "shop/c", Reason: "bad filter"}}}},
		"a refusal of another version is not of this": {pods("d"), v1alpha1.Acknowledgement{Total: 1, Pending: []string{"shop/d"}}},
		"a proxy that was never heard is pending":     {pods("e"), v1alpha1.Acknowledgement{Total: 1, Pending: []string{"shop/e"}}},
		"who is not among the pods does not count":    {nil, v1alpha1.Acknowledgement{}},
	} {
		if diff := cmp.Diff(tc.want, Count(view, tc.pods, stamp)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", reason, diff)
		}
	}
}

// Every pod is acknowledged, or it keeps the count from being complete.
func TestACountIsCompleteOnlyWithEveryPod(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 40).Draw(t, "pods")
		view := View{Reports: map[string]Report{}}
		var names []string
		applied := 0
		for i := range n {
			name := fmt.Sprintf("pod-%02d", i)
			names = append(names, name)
			switch rapid.IntRange(0, 3).Draw(t, name) {
			case 0:
				view.Reports[name] = Report{Latest: []map[string]string{{"u": "1"}}}
				applied++
			case 1:
				view.Reports[name] = Report{Rejected: map[string]Refusal{"u": {"1", "no"}}}
			case 2:
				view.Reports[name] = Report{Latest: []map[string]string{{"u": "1"}}, Behind: map[string]string{"u": "0"}}
			}
		}
		got := Count(view, pods(names...), model.Stamp{UID: "u", Version: "1"})
		if int(got.Acknowledged) != applied || int(got.Total) != n || got.Complete() != (applied == n) {
			t.Fatalf("%+v of %d pods, %d applied", got, n, applied)
		}
		if !got.Complete() && len(got.Pending)+len(got.Rejected) == 0 {
			t.Fatal("an incomplete count names nobody")
		}
	})
}

func TestHeldByAll(t *testing.T) {
	held := []map[string]string{{"p": "3"}, {"p": "3"}}
	for reason, tc := range map[string]struct {
		view View
		want bool
	}{
		"all have it":             {View{Complete: true, Held: held}, true},
		"one lags":                {View{Complete: true, Held: append([]map[string]string{{"p": "2"}}, held...)}, false},
		"one does not know it":    {View{Complete: true, Held: append([]map[string]string{{}}, held...)}, false},
		"one has not said a word": {View{Held: held}, false},
	} {
		if got := tc.view.HeldByAll("p", "3"); got != tc.want {
			t.Errorf("%s: %v", reason, got)
		}
	}
}
