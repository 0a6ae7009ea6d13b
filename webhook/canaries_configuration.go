package webhook

import (
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

const canariesName = "canaries.weft.dev"

// canaries asks about a Canary that is new or gets another target. It changes nothing; it stands beside the webhooks that
// do, so that it needs no more rights and no object of its own. Without an answer the Canary is stored: a second one does no
// harm, as it gets the condition Conflict, and Git must not wait for the operator.
func canaries(in Install) admissionregistrationv1.MutatingWebhook {
	return admissionregistrationv1.MutatingWebhook{
		Name:         canariesName,
		ClientConfig: answeredAt(in, CanariesPath),
		Rules: []admissionregistrationv1.RuleWithOperations{{
			Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create, admissionregistrationv1.Update},
			Rule: admissionregistrationv1.Rule{
				APIGroups: []string{v1alpha1.GroupVersion.Group}, APIVersions: []string{v1alpha1.GroupVersion.Version},
				Resources: []string{"canaries"}, Scope: new(admissionregistrationv1.NamespacedScope),
			},
		}},
		NamespaceSelector: joined(in.Namespace),
		ObjectSelector:    &metav1.LabelSelector{},
		MatchConditions: []admissionregistrationv1.MatchCondition{{
			Name: "has-a-new-target",
			// The Service of a Canary stays.
			Expression: "oldObject == null || has(object.spec.targetRef) && " +
				"!(has(oldObject.spec.targetRef) && object.spec.targetRef == oldObject.spec.targetRef)",
		}},
		MatchPolicy:             new(admissionregistrationv1.Equivalent),
		FailurePolicy:           new(admissionregistrationv1.Ignore),
		ReinvocationPolicy:      new(admissionregistrationv1.NeverReinvocationPolicy),
		SideEffects:             new(admissionregistrationv1.SideEffectClassNone),
		TimeoutSeconds:          new(int32(timeoutSeconds)),
		AdmissionReviewVersions: []string{"v1"},
	}
}
