package policy

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// events tells what became true: in force, refused, or rejected by a proxy.
func events(old, now v1alpha1.PolicyStatus) []Event {
	var out []Event
	if isTrue(now, v1alpha1.ConditionReady) && !isTrue(old, v1alpha1.ConditionReady) {
		out = append(out, Event{"Normal", ReasonSettled, now.Position.Change + " is in force"})
	}
	before := stalledReason(old)
	after := meta.FindStatusCondition(now.Conditions, v1alpha1.ConditionStalled)
	if after.Status == metav1.ConditionTrue && after.Reason != before {
		out = append(out, Event{"Warning", after.Reason, after.Message})
	}
	return out
}

func stalledReason(s v1alpha1.PolicyStatus) string {
	c := meta.FindStatusCondition(s.Conditions, v1alpha1.ConditionStalled)
	if c == nil || c.Status != metav1.ConditionTrue {
		return ""
	}
	return c.Reason
}
