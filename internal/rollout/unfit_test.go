package rollout

import (
	"testing"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

func TestUnfitSteps(t *testing.T) {
	for name, c := range map[string]struct {
		weights []int32
		unfit   bool
	}{
		"the smallest and the largest": {[]int32{1, 100}, false},
		"none":                         {nil, true},
		"no share":                     {[]int32{0, 50}, true},
		"more than all":                {[]int32{50, 101}, true},
	} {
		var steps []v1alpha1.CanaryStep
		for _, w := range c.weights {
			steps = append(steps, v1alpha1.CanaryStep{Weight: w})
		}
		if problem, _ := unfit(steps); (problem != "") != c.unfit {
			t.Errorf("%s: %q", name, problem)
		}
	}
}
