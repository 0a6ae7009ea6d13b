package model_test

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
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

// When a node is silent, Kubernetes takes the readiness of its pods away and leaves that of their containers. Where that
// would leave nobody to call, they are called.
func TestWhoServesWhenNodesAreSilent(t *testing.T) {
	const gate = "example.com/registered"
	ready := map[corev1.PodConditionType]bool{corev1.PodReady: true, corev1.ContainersReady: true}
	silent := map[corev1.PodConditionType]bool{corev1.ContainersReady: true}
	for name, c := range map[string]struct {
		pods [2]map[corev1.PodConditionType]bool
		gate bool
		want []string
	}{
		"all are heard":                     {[2]map[corev1.PodConditionType]bool{ready, ready}, false, []string{"a", "b"}},
		"one node is silent":                {[2]map[corev1.PodConditionType]bool{silent, ready}, false, []string{"b"}},
		"all nodes are silent":              {[2]map[corev1.PodConditionType]bool{silent, silent}, false, []string{"a", "b"}},
		"all gates are shut":                {[2]map[corev1.PodConditionType]bool{silent, silent}, true, nil},
		"containers are not ready":          {[2]map[corev1.PodConditionType]bool{{}, {}}, false, nil},
		"one is silent, and one is unready": {[2]map[corev1.PodConditionType]bool{silent, {}}, false, []string{"a"}},
	} {
		s := modeltest.World(1)
		s.Pods = s.Pods[:2]
		for i, pod := range s.Pods {
			pod.Name, pod.Status.Conditions = string(rune('a'+i)), nil
			for condition := range c.pods[i] {
				pod.Status.Conditions = append(pod.Status.Conditions, corev1.PodCondition{Type: condition, Status: corev1.ConditionTrue})
			}
			if c.gate {
				pod.Spec.ReadinessGates = []corev1.PodReadinessGate{{ConditionType: gate}}
			}
		}
		var got []string
		for _, e := range model.BuildEndpoints(s, model.Build(s))[0].Items {
			got = append(got, e.Pod)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v serve, want %v", name, got, c.want)
		}
	}
}
