package rollout

import (
	"fmt"
	"maps"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/hold"
)

// HeldBy is what a decision needs of a view of the Deployment, and the revision that the Deployment asks for.
func HeldBy(v hold.View, object *v1alpha1.Canary, selector map[string]string, now time.Time) (*Held, string) {
	revision := ""
	course := v.Course()
	if course == hold.Steady || course == hold.Held || course == hold.Promoting {
		revision = v.Newest()
	}
	h := &Held{
		Stable:   v1alpha1.PodSelector{MatchLabels: selector},
		Returned: course == hold.Steady,
		Replicas: v.Replicas(),
		Obstacle: v.Obstacle(),
	}
	if revision != "" {
		canary := maps.Clone(selector)
		if canary == nil {
			canary = map[string]string{}
		}
		canary[appsv1.DefaultDeploymentUniqueLabelKey] = revision
		h.Canary.MatchLabels = canary
		h.Reach, h.NextWave = v.Reach(), v.NextWave()
	}
	if run := object.Status.Run; run != nil && InProgress(object) {
		h.Starting = v.Starting(run.Revision, now)
		h.Done = slices.Contains(object.Status.Hold.StableHashes, run.Revision)
	}
	arrived, have, want := v.Arrived(now)
	h.Arrived, h.Pods = arrived, fmt.Sprintf("%d of %d", have, want)
	return h, revision
}

// InProgress says whether a run goes on or back.
func InProgress(object *v1alpha1.Canary) bool {
	return object.Status.Phase == v1alpha1.CanaryProgressing || object.Status.Phase == v1alpha1.CanaryRollingBack
}
