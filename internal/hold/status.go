package hold

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// StateOf is what a Canary's status remembers.
func StateOf(c *v1alpha1.Canary) State {
	h := c.Status.Hold
	if h == nil {
		return State{}
	}
	return State{DeploymentUID: h.DeploymentUID, Stable: h.StableHashes, Promoting: h.PromotingHash, Wave: h.Wave, Size: h.Size}
}

// RunOf is what a Canary has decided.
func RunOf(c *v1alpha1.Canary) Run {
	s := c.Status
	r := Run{Rejected: s.Rejected}
	if len(c.Spec.Steps) > 0 {
		r.FirstWeight = c.Spec.Steps[0].Weight
	}
	running := s.Phase == v1alpha1.CanaryProgressing || s.Phase == v1alpha1.CanaryRollingBack
	if s.Run != nil && running {
		r.Revision = s.Run.Revision
		if s.Phase == v1alpha1.CanaryProgressing && r.Rejected == r.Revision { // it is tried again
			r.Rejected = ""
		}
		r.Shared = s.Phase == v1alpha1.CanaryRollingBack || shared(s.Weight)
	}
	r.Void = meta.IsStatusConditionFalse(s.Conditions, v1alpha1.ConditionAccepted) && !running && s.Phase != v1alpha1.CanaryRolledBack
	return r
}

// shared says that a version gets requests, or copies of them, or that a proxy may still send it some.
func shared(w *v1alpha1.CanaryWeight) bool {
	return w != nil && (w.Desired > 0 || w.Acknowledged > 0 || w.Preview || w.Mirror > 0)
}

// Status is the state for a Canary's status, with the numbers of pods.
func (v View) Status() *v1alpha1.CanaryHold {
	s := v.Record()
	out := &v1alpha1.CanaryHold{
		DeploymentUID: s.DeploymentUID, StableHashes: slices.Clone(s.Stable), PromotingHash: s.Promoting, Wave: s.Wave, Size: s.Size,
		Replicas: v.Replicas(), StableReady: v.StableReady(),
	}
	if newest := v.Newest(); newest != "" && !v.isStable(newest) {
		out.Admitted, out.Waiting = v.Living(newest), v.count(newest, Waiting)
	}
	return out
}

// Target is the key of the Deployment that a Canary holds; false: it has another form.
func Target(c *v1alpha1.Canary) (name string, is bool) {
	ref := c.Spec.TargetRef
	if ref == nil || ref.Kind != v1alpha1.KindDeployment || c.Spec.Workloads != nil || c.DeletionTimestamp != nil {
		return "", false
	}
	return ref.Name, true
}

// Owner is the Canary that holds a Deployment: the oldest that names it; nil: none.
func Owner(canaries []v1alpha1.Canary, namespace, deployment string) *v1alpha1.Canary {
	var owner *v1alpha1.Canary
	for i := range canaries {
		c := &canaries[i]
		name, is := Target(c)
		if is && c.Namespace == namespace && name == deployment && (owner == nil || older(metav1.Object(c), metav1.Object(owner)) < 0) {
			owner = c
		}
	}
	return owner
}
