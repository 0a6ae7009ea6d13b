package model_test

import (
	"testing"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
)

// While a rolling update replaces the pinned revision, its new pods serve only where nothing else is left.
func TestWhoServesWhileAPinnedRevisionIsReplaced(t *testing.T) {
	for name, c := range map[string]struct {
		stable  int
		weight  int32
		phase   v1alpha1.CanaryPhase
		serving int // pods of the new version with a share
	}{
		"promoted, and the old version is gone": {0, 100, v1alpha1.CanaryPromoted, 2},
		"promoted, and the old version serves":  {1, 100, v1alpha1.CanaryPromoted, 1},
		"in its course":                         {1, 50, v1alpha1.CanaryProgressing, 1},
		"in its course, at the last step":       {0, 100, v1alpha1.CanaryProgressing, 1},
		"in its course, without an old version": {0, 50, v1alpha1.CanaryProgressing, 1},
		"rolled back":                           {0, 0, v1alpha1.CanaryRolledBack, 1},
	} {
		s := divided("http", c.stable, 2, c.weight)
		s.Canaries[0].Status.Phase = c.phase
		s.Pods[c.stable].Labels["pod-template-hash"] = "hash-v3"
		serving := -1
		for _, e := range model.BuildEndpoints(s, model.Build(s)) {
			if e.Subset == "version=v2" {
				serving = len(e.Items)
			}
		}
		if serving != c.serving {
			t.Errorf("%s: %d pods of the new version serve, want %d", name, serving, c.serving)
		}
	}
}
