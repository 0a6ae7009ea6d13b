package rollout

import (
	"fmt"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// unfit says why steps would move traffic without a judgement; empty: they would not. The rules of the CRD keep such
// steps out; an object may have been stored without them.
func unfit(steps []v1alpha1.CanaryStep) (problem, reason string) {
	if len(steps) == 0 {
		return "spec.steps: there is none, so the new version would get all requests at once", ReasonUnfitSteps
	}
	for i, s := range steps {
		if s.Weight < 1 || s.Weight > full {
			return fmt.Sprintf("spec.steps[%d].weight: %d is not from 1 to %d", i, s.Weight, full), ReasonUnfitSteps
		}
	}
	return "", ""
}
