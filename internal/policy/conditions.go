package policy

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/status"
)

// Reasons that programs may rely on.
const (
	ReasonAccepted        = "Accepted"
	ReasonNothingSelected = "NothingSelected"
	ReasonApplied         = "Applied"
	ReasonPending         = "Pending"
	ReasonRejected        = "Rejected"
	ReasonDeleting        = "Deleting"
	ReasonSettled         = "Settled"
)

// view is what conditions are told from.
type view struct {
	in      Input
	status  v1alpha1.PolicyStatus
	refused *problem
	done    bool
}

func conditions(in Input, s v1alpha1.PolicyStatus, refused *problem, done bool) []metav1.Condition {
	v := view{in, s, refused, done}
	out := s.Conditions
	for _, c := range []metav1.Condition{v.ready(), v.reconciling(), v.stalled(), v.accepted(), v.applied()} {
		c.ObservedGeneration = in.Policy.Generation
		c.LastTransitionTime = metav1.NewTime(in.Now.UTC().Truncate(time.Second))
		meta.SetStatusCondition(&out, c)
	}
	return out
}

func condition(kind string, is bool, reason, message string) metav1.Condition {
	value := metav1.ConditionFalse
	if is {
		value = metav1.ConditionTrue
	}
	return metav1.Condition{Type: kind, Status: value, Reason: reason, Message: message}
}

func (v view) deleting() bool { return v.in.Policy.DeletionTimestamp != nil }

func (v view) rejected() bool { return v.status.Proxies != nil && len(v.status.Proxies.Rejected) > 0 }

func (v view) accepted() metav1.Condition {
	const kind = v1alpha1.ConditionAccepted
	switch {
	case v.refused != nil:
		return condition(kind, false, v.refused.reason, v.refused.message)
	case v.in.Policy.Spec.Limits != nil && len(v.in.Services) == 0:
		return condition(kind, true, ReasonNothingSelected, "spec.limits: there is no such Service of the mesh in namespace "+v.in.Policy.Namespace)
	case v.in.Policy.Spec.Limits != nil:
		return condition(kind, true, ReasonAccepted, fmt.Sprintf("%d Services are limited", len(v.in.Services)))
	case len(v.in.Workloads) == 0:
		return condition(kind, true, ReasonNothingSelected, fmt.Sprintf(
			"spec.selector: no workload of the mesh in namespace %s has these labels", v.in.Policy.Namespace))
	}
	return condition(kind, true, ReasonAccepted, fmt.Sprintf("%d workloads are selected", len(v.in.Workloads)))
}

func (v view) applied() metav1.Condition {
	const kind = v1alpha1.ConditionApplied
	s := v.status
	switch {
	case s.Position == nil || s.Position.Step == WidenNetwork:
		return condition(kind, false, ReasonPending, "the proxies get the change when the network lets it through")
	case v.rejected():
		return condition(kind, false, ReasonRejected, status.AppliedBy(*s.Proxies))
	case !s.Proxies.Complete():
		return condition(kind, false, ReasonPending, status.AppliedBy(*s.Proxies))
	case v.refused != nil:
		return condition(kind, false, v.refused.reason, "what was in force before stays; "+v.refused.message)
	}
	return condition(kind, true, ReasonApplied, status.AppliedBy(*s.Proxies))
}

// ready is true when both layers have what the spec says. A proxy that is only late, such as that of a new pod, gets no
// traffic before it has applied all; Applied tells of it.
func (v view) ready() metav1.Condition {
	const kind = v1alpha1.ConditionReady
	switch {
	case v.deleting():
		return condition(kind, false, ReasonDeleting, v.waiting())
	case v.refused != nil:
		return condition(kind, false, v.refused.reason, v.refused.message)
	case v.rejected():
		return condition(kind, false, ReasonRejected, status.AppliedBy(*v.status.Proxies))
	case !v.done:
		return condition(kind, false, ReasonPending, v.waiting())
	}
	return condition(kind, true, ReasonSettled, "in force as the spec says")
}

func (v view) reconciling() metav1.Condition {
	const kind = v1alpha1.ConditionReconciling
	if v.done || v.status.Position == nil {
		return condition(kind, false, ReasonSettled, "nothing is under way")
	}
	if v.refused != nil && v.status.Position.Step != ApplyEnvoy {
		return condition(kind, false, v.refused.reason, "the change doesn't begin")
	}
	return condition(kind, true, v.status.Position.Step, v.waiting())
}

func (v view) stalled() metav1.Condition {
	const kind = v1alpha1.ConditionStalled
	switch {
	case v.refused != nil:
		return condition(kind, true, v.refused.reason, v.refused.message)
	case v.rejected():
		return condition(kind, true, ReasonRejected, status.AppliedBy(*v.status.Proxies))
	}
	return condition(kind, false, "NotStalled", "")
}

func (v view) waiting() string {
	p := v.status.Position
	switch {
	case v.done || p == nil:
		return "nothing is under way"
	case p.Step == ApplyEnvoy && p.WaitingFor != "":
		return p.Change + ": " + p.WaitingFor
	case p.WaitingFor != "":
		return p.Change + ": waiting for " + p.WaitingFor
	case p.Step == SettleNetwork:
		return p.Change + ": waiting for the NetworkPolicies to be narrowed"
	}
	return p.Change + ": " + p.Step + " has begun"
}
