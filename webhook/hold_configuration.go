package webhook

import (
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	podsName        = "pods.hold.weft.dev"
	replicaSetsName = "replicasets.hold.weft.dev"
	// floorSeconds is not long: without an answer the size goes through, and the leader repairs it.
	floorSeconds = 5
)

// holdPods asks about new pods of Deployments. Without an answer there are none: a version must not get by unseen.
func holdPods(in Install) admissionregistrationv1.MutatingWebhook {
	w := holdWebhook(in, podsName, PodsPath, admissionregistrationv1.Create, "", "pods")
	w.ObjectSelector = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
		{Key: appsv1.DefaultDeploymentUniqueLabelKey, Operator: metav1.LabelSelectorOpExists},
	}}
	w.FailurePolicy, w.TimeoutSeconds = new(admissionregistrationv1.Fail), new(int32(timeoutSeconds))
	return w
}

// holdReplicaSets asks when a ReplicaSet is to be smaller than its Deployment.
func holdReplicaSets(in Install) admissionregistrationv1.MutatingWebhook {
	w := holdWebhook(in, replicaSetsName, ReplicaSetsPath, admissionregistrationv1.Update, appsv1.GroupName, "replicasets")
	w.ObjectSelector = &metav1.LabelSelector{}
	w.FailurePolicy, w.TimeoutSeconds = new(admissionregistrationv1.Ignore), new(int32(floorSeconds))
	const desired = "'deployment.kubernetes.io/desired-replicas'"
	w.MatchConditions = []admissionregistrationv1.MatchCondition{{
		Name: "is-to-be-smaller-than-its-deployment",
		Expression: "has(object.metadata.annotations) && " + desired + " in object.metadata.annotations && " +
			"object.spec.replicas < int(object.metadata.annotations[" + desired + "])",
	}}
	return w
}

func holdWebhook(in Install, name, path string, operation admissionregistrationv1.OperationType, group, resource string) admissionregistrationv1.MutatingWebhook {
	selector := joined(in.Namespace)
	selector.MatchExpressions = append(selector.MatchExpressions, metav1.LabelSelectorRequirement{
		Key: corev1.LabelMetadataName, Operator: metav1.LabelSelectorOpIn, Values: in.Held,
	})
	return admissionregistrationv1.MutatingWebhook{
		Name:         name,
		ClientConfig: answeredAt(in, path),
		Rules: []admissionregistrationv1.RuleWithOperations{{
			Operations: []admissionregistrationv1.OperationType{operation},
			Rule: admissionregistrationv1.Rule{
				APIGroups: []string{group}, APIVersions: []string{"v1"}, Resources: []string{resource},
				Scope: new(admissionregistrationv1.NamespacedScope),
			},
		}},
		NamespaceSelector:       selector,
		MatchPolicy:             new(admissionregistrationv1.Equivalent),
		ReinvocationPolicy:      new(admissionregistrationv1.IfNeededReinvocationPolicy),
		SideEffects:             new(admissionregistrationv1.SideEffectClassNone),
		AdmissionReviewVersions: []string{"v1"},
	}
}
