package ack

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/internal/model"
)

// An index counts as if each pod were looked at.
func TestIndexCountsLikeCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		versions := rapid.MapOf(rapid.SampledFrom([]string{"u", "v"}), rapid.SampledFrom([]string{"1", "2"}))
		shared := rapid.SliceOfN(versions, 1, 3).Draw(t, "configurations")
		view := View{Reports: map[string]Report{}}
		var pods []model.ProxyPod
		for i := range rapid.IntRange(0, 40).Draw(t, "pods") {
			name := fmt.Sprintf("pod-%02d", i)
			workload := model.Key{Namespace: "shop", Name: fmt.Sprint(rapid.IntRange(0, 2).Draw(t, "workload"))}
			pods = append(pods, model.ProxyPod{Key: model.Key{Namespace: "shop", Name: name}, UID: name, Workload: workload})
			if rapid.IntRange(0, 5).Draw(t, "silent") == 0 {
				continue
			}
			r := Report{Latest: []map[string]string{rapid.SampledFrom(shared).Draw(t, "shared"), rapid.SampledFrom(shared).Draw(t, "own")}}
			switch rapid.IntRange(0, 5).Draw(t, "state") {
			case 0:
				r.Behind = versions.Draw(t, "behind")
			case 1:
				r.Rejected = map[string]Refusal{"u": {rapid.SampledFrom([]string{"1", "2"}).Draw(t, "refused"), "no"}}
			case 2:
				r.Latest = r.Latest[:1]
			case 3:
				r.Latest = append(r.Latest, rapid.SampledFrom(shared).Draw(t, "beyond"))
			}
			view.Reports[name] = r
		}
		of := map[model.Key]bool{}
		for i := range 3 {
			if rapid.Bool().Draw(t, "concerned") {
				of[model.Key{Namespace: "shop", Name: fmt.Sprint(i)}] = true
			}
		}
		var concerned []model.ProxyPod
		for _, p := range pods {
			if r := view.Reports[p.UID]; of[p.Workload] || len(r.Latest) > 2 && r.Has("u") {
				concerned = append(concerned, p)
			}
		}
		stamp := model.Stamp{UID: "u", Version: "1"}
		if diff := cmp.Diff(Count(view, concerned, stamp), NewIndex(view, pods).Count(of, stamp)); diff != "" {
			t.Fatalf("one by one, and by index (-want +got):\n%s", diff)
		}
	})
}
