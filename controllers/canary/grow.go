package canary

import (
	"context"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/controllers/mesh"
	"github.com/weft-mesh/weft/internal/rollout"
)

// growing adds to what size an autoscaler brings the new one of two workloads. One that can't be read is none, so that no
// way back waits for it.
func (c *Controller) growing(ctx context.Context, in *rollout.Input, state *mesh.State, object *v1alpha1.Canary) error {
	if object.Spec.Workloads == nil {
		return nil
	}
	canary := object.Spec.Workloads.Canary
	if run := object.Status.Run; run != nil {
		canary = run.Canary
	}
	scalers, err := c.Hold.Autoscalers(ctx, object.Namespace)
	if err != nil {
		return err
	}
	for _, p := range behind(state, object) {
		if selects(canary, p) {
			in.MayGrow = max(in.MayGrow, mayGrow(p, scalers))
		}
	}
	return nil
}

// mayGrow is the size up to which an autoscaler that is at work makes a pod's workload grow; 0: there is none.
func mayGrow(pod *corev1.Pod, scalers []*autoscaling.HorizontalPodAutoscaler) int {
	owner := metav1.GetControllerOfNoCopy(pod)
	for _, s := range scalers {
		if owner != nil && scales(s, owner, pod.Labels[appsv1.DefaultDeploymentUniqueLabelKey]) && works(s) {
			return int(s.Spec.MaxReplicas)
		}
	}
	return 0
}

// scales says whether an autoscaler is about a pod's owner, or about the Deployment of a ReplicaSet with this hash.
func scales(s *autoscaling.HorizontalPodAutoscaler, owner *metav1.OwnerReference, hash string) bool {
	to := s.Spec.ScaleTargetRef
	return to.Kind == owner.Kind && to.Name == owner.Name ||
		to.Kind == v1alpha1.KindDeployment && owner.Kind == "ReplicaSet" && owner.Name == to.Name+"-"+hash
}

// works says whether an autoscaler has its numbers and may scale.
func works(s *autoscaling.HorizontalPodAutoscaler) bool {
	is := func(kind autoscaling.HorizontalPodAutoscalerConditionType) bool {
		return slices.ContainsFunc(s.Status.Conditions, func(c autoscaling.HorizontalPodAutoscalerCondition) bool {
			return c.Type == kind && c.Status == corev1.ConditionTrue
		})
	}
	return is(autoscaling.AbleToScale) && is(autoscaling.ScalingActive)
}
