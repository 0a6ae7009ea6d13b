package rollout

import (
	"strings"
	"testing"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// A spec may become one that can't be honoured in the middle of a run. The run doesn't go on then, and can go back.
func TestRunOfARefusedSpecCanOnlyGoBack(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(*world)
		reason  string // of the rollback; empty: there is none
	}{
		"nothing":       {func(*world) {}, ""},
		"harm":          {func(w *world) { w.badCanary = 0.3 }, ReasonErrorRate},
		"no pod serves": {func(w *world) { w.serving = 0 }, ReasonNoServingPods},
		"an abort":      {func(w *world) { w.say("1", v1alpha1.ActionAbort, "h2") }, ReasonAborted},
		"a promotion":   {func(w *world) { w.say("1", v1alpha1.ActionPromote, "h2") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.badStable, w.badCanary = 0, 0
			w.untilWeight(20)
			w.beforeNext = func(in *Input) { in.Conflict, in.ConflictReason = "spec: it can't be read", "Unreadable" }
			c.happens(w)
			for range 100 {
				w.step(5 * time.Second)
			}
			s := w.status()
			if c.reason == "" {
				if s.Weight.Desired != 20 || s.Phase != v1alpha1.CanaryProgressing {
					t.Fatalf("it moved: %s", encode(t, *s))
				}
				return
			}
			if s.Weight.Desired != 0 || s.Phase != v1alpha1.CanaryRolledBack || s.History[0].Reason != c.reason {
				t.Fatalf("%s", encode(t, *s))
			}
			if !strings.HasPrefix(s.Message, "spec: it can't be read") {
				t.Errorf("the message is %q", s.Message)
			}
		})
	}
}
