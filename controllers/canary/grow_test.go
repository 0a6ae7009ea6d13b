package canary

import (
	"testing"

	autoscaling "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Only an autoscaler of the pod's own workload counts, and only while it is at work [D17].
func TestWhoseAutoscalerMakesPods(t *testing.T) {
	active := []autoscaling.HorizontalPodAutoscalerCondition{
		{Type: autoscaling.AbleToScale, Status: corev1.ConditionTrue}, {Type: autoscaling.ScalingActive, Status: corev1.ConditionTrue},
	}
	blind := []autoscaling.HorizontalPodAutoscalerCondition{
		{Type: autoscaling.AbleToScale, Status: corev1.ConditionTrue}, {Type: autoscaling.ScalingActive, Status: corev1.ConditionFalse},
	}
	for name, tc := range map[string]struct {
		reason             string
		owner, kind, named string
		conditions         []autoscaling.HorizontalPodAutoscalerCondition
		want               int
	}{
		"Deployment":  {"a Deployment owns its pods through a ReplicaSet", "ReplicaSet", "Deployment", "reviews-v2", active, 7},
		"StatefulSet": {"a StatefulSet owns them itself", "StatefulSet", "StatefulSet", "reviews-v2-h2", active, 7},
		"Another":     {"the stable version's autoscaler adds no pods of the new one", "ReplicaSet", "Deployment", "reviews-v1", active, 0},
		"Kind":        {"a StatefulSet may have the name of a Deployment", "ReplicaSet", "StatefulSet", "reviews-v2", active, 0},
		"Blind":       {"without numbers it adds nothing", "ReplicaSet", "Deployment", "reviews-v2", blind, 0},
		"New":         {"before its first look nobody knows whether it works", "ReplicaSet", "Deployment", "reviews-v2", nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			yes := true
			pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
				Labels:          map[string]string{"pod-template-hash": "h2"},
				OwnerReferences: []metav1.OwnerReference{{Kind: tc.owner, Name: "reviews-v2-h2", Controller: &yes}},
			}}
			scaler := &autoscaling.HorizontalPodAutoscaler{
				Spec: autoscaling.HorizontalPodAutoscalerSpec{MaxReplicas: 7,
					ScaleTargetRef: autoscaling.CrossVersionObjectReference{Kind: tc.kind, Name: tc.named}},
				Status: autoscaling.HorizontalPodAutoscalerStatus{Conditions: tc.conditions},
			}
			if got := mayGrow(pod, []*autoscaling.HorizontalPodAutoscaler{scaler}); got != tc.want {
				t.Errorf("%s: up to %d, want %d", tc.reason, got, tc.want)
			}
		})
	}
	if got := mayGrow(&corev1.Pod{}, []*autoscaling.HorizontalPodAutoscaler{{}}); got != 0 {
		t.Errorf("a pod without an owner grows to %d", got)
	}
}
