package rollout

import (
	"strings"
	"testing"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// A pod that has most of the errors is named, whether the run waits for a second one or may go back for one.
func TestTheFailingPodIsNamed(t *testing.T) {
	for _, c := range []struct {
		minPods int32
		failing int
		named   bool
	}{{2, 1, true}, {1, 1, true}, {2, 4, false}} {
		w := newWorld(t)
		w.canary.Spec.Analysis = &v1alpha1.CanaryAnalysis{MinPods: &c.minPods}
		w.badStable, w.badCanary, w.failing = 0, 1, c.failing
		w.beforeNext = func(in *Input) { in.Names = map[string]string{canaryPods + "0": "reviews-v2-x"} }
		w.untilPhase(v1alpha1.CanaryRolledBack)
		v := w.status().LastVerdict
		if named := strings.Contains(v.Message, "; pod reviews-v2-x has 100 % of those of the new version"); named != c.named {
			t.Errorf("%+v: %s", c, v.Message)
		}
		if result := map[bool]v1alpha1.VerdictResult{true: v1alpha1.VerdictInconclusive, false: v1alpha1.VerdictFail}[c.minPods == 2 && c.failing == 1]; v.Result != result {
			t.Errorf("%+v: %s", c, v.Result)
		}
	}
}

func TestAPodWithoutANameHasItsAddress(t *testing.T) {
	w := newWorld(t)
	w.badStable, w.badCanary, w.failing = 0, 1, 1
	w.until("one pod", 200, func() bool { return waitsFor(w.status().Position) == ReasonOnePodFailing })
	if got := w.status().Position.WaitingFor; !strings.Contains(got, "pod "+canaryPods+"0 has 100 %") {
		t.Error(got)
	}
}
