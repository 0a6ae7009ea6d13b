package fleet

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/agentserver"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/protocol/peerv1"
)

// TestMergeTakesTheNewestConnection: each pod comes once, whole, from the view where it connected last, in whatever
// order the views come.
func TestMergeTakesTheNewestConnection(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type best struct {
			at   int64
			boot string
		}
		newest := map[string]best{}
		var views []*peerv1.View
		for r := range rapid.IntRange(0, 4).Draw(t, "replicas") {
			view := &peerv1.View{Replica: fmt.Sprint("r", r), Made: []*peerv1.Made{{}, {Objects: []*peerv1.AppliedStamp{
				{Uid: "object", Version: fmt.Sprint("b", r)}, {Uid: "late", Version: "1"},
			}}}}
			for n := range 5 {
				if !rapid.Bool().Draw(t, "has") {
					continue
				}
				uid, at := fmt.Sprint("u", n), rapid.Int64Range(1, 3).Draw(t, "at")
				boot := fmt.Sprint("b", r)
				view.Proxies = append(view.Proxies, &peerv1.Proxy{
					Uid: uid, BootId: boot, ConnectedAtUnixNanos: at,
					Made:     []uint32{1, 7}, // 7 is not there
					Behind:   []*peerv1.AppliedStamp{{Uid: "late", Version: "0"}},
					Rejected: []*peerv1.RejectedStamp{{Uid: "other", Version: boot, Reason: "no"}},
				})
				if at > newest[uid].at {
					newest[uid] = best{at, boot}
				}
			}
			views = append(views, view)
		}
		got := merge(views)
		if len(got.acks) != len(newest) || len(got.reports) != len(newest) {
			t.Fatalf("%d acks, %d reports, want %d", len(got.acks), len(got.reports), len(newest))
		}
		last := ""
		for _, r := range got.reports {
			a := got.acks[r.Pod]
			object, _ := a.Applied("object")
			late, _ := a.Applied("late")
			if r.Boot != newest[r.Pod].boot || object != r.Boot || late != "0" || a.Rejected["other"].Version != r.Boot {
				t.Fatalf("pod %s: report of %s, acknowledgement of %v, want all of %s", r.Pod, r.Boot, a, newest[r.Pod].boot)
			}
			if r.Pod <= last {
				t.Fatal("not sorted")
			}
			last = r.Pod
		}
		if again := merge(rapid.Permutation(views).Draw(t, "order")); !cmp.Equal(got, again, cmp.AllowUnexported(merged{})) {
			t.Fatal("the order of the views matters")
		}
	})
}

// The leader learns from any replica what its proxies have asked for.
func TestCallsTravel(t *testing.T) {
	want := []model.Key{{Namespace: "bank", Name: "rates"}, {Namespace: "shop", Name: "cart"}}
	local := NewLocal("a", func() map[string]ack.Report { return map[string]ack.Report{"u1": {Calls: want}} },
		func() []agentserver.View { return []agentserver.View{{UID: "u1"}} })
	if diff := cmp.Diff(want, merge([]*peerv1.View{local.View()}).acks["u1"].Calls); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
