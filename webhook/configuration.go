package webhook

import (
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

const (
	// ConfigurationName is the name of the MutatingWebhookConfiguration.
	ConfigurationName = "weft-injector"
	// Path is where the injector listens.
	Path = "/inject"

	webhookName    = "inject.weft.dev"
	timeoutSeconds = 5
)

// Install is what a configuration depends on.
type Install struct {
	// Namespace of the operator. Its pods are never asked about.
	Namespace string
	// Service of the webhook in that namespace, and its port.
	Service string
	Port    int32
	// Owner is a cluster-scoped object of the install, such as its ClusterRole. When it goes, the configuration goes,
	// and with it everything that could hold up a pod.
	Owner metav1.OwnerReference
	// Held are the namespaces with a Canary that holds a Deployment, in order.
	Held []string
	// CABundle is the set of PEM certificates of package certificate.
	CABundle []byte
}

// Configuration is the whole object, fit for server-side apply. The API server does the filtering: it asks only about
// new pods of joined namespaces, so only those wait when nobody answers, and about the targets of Canaries there. Every field that the API server would fill in
// is set, so that what is stored can be compared with it.
func Configuration(in Install) *admissionregistrationv1.MutatingWebhookConfiguration {
	c := &admissionregistrationv1.MutatingWebhookConfiguration{
		TypeMeta: metav1.TypeMeta{
			APIVersion: admissionregistrationv1.SchemeGroupVersion.String(),
			Kind:       "MutatingWebhookConfiguration",
		},
		ObjectMeta: metav1.ObjectMeta{
			Name:            ConfigurationName,
			OwnerReferences: []metav1.OwnerReference{in.Owner},
		},
		Webhooks: []admissionregistrationv1.MutatingWebhook{{
			Name:         webhookName,
			ClientConfig: answeredAt(in, Path),
			Rules: []admissionregistrationv1.RuleWithOperations{{
				Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create},
				Rule: admissionregistrationv1.Rule{
					APIGroups:   []string{""},
					APIVersions: []string{"v1"},
					Resources:   []string{"pods"},
					Scope:       new(admissionregistrationv1.NamespacedScope),
				},
			}},
			NamespaceSelector:       joined(in.Namespace),
			ObjectSelector:          notOptedOut(),
			MatchConditions:         injectable(),
			MatchPolicy:             new(admissionregistrationv1.Equivalent),
			FailurePolicy:           new(admissionregistrationv1.Fail),
			ReinvocationPolicy:      new(admissionregistrationv1.IfNeededReinvocationPolicy),
			SideEffects:             new(admissionregistrationv1.SideEffectClassNone),
			TimeoutSeconds:          new(int32(timeoutSeconds)),
			AdmissionReviewVersions: []string{"v1"},
		}, canaries(in)},
	}
	if len(in.Held) > 0 {
		c.Webhooks = append(c.Webhooks, holdPods(in), holdReplicaSets(in))
	}
	return c
}

func answeredAt(in Install, path string) admissionregistrationv1.WebhookClientConfig {
	return admissionregistrationv1.WebhookClientConfig{
		Service: &admissionregistrationv1.ServiceReference{
			Namespace: in.Namespace, Name: in.Service, Path: new(path), Port: &in.Port,
		},
		CABundle: in.CABundle,
	}
}

// joined selects the namespaces that have joined a mesh, but never the cluster's own nor the operator's, whatever
// their labels say.
func joined(operator string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
		{Key: v1alpha1.LabelMesh, Operator: metav1.LabelSelectorOpExists},
		{Key: v1alpha1.LabelMesh, Operator: metav1.LabelSelectorOpNotIn, Values: []string{"", v1alpha1.MeshNone}},
		{Key: corev1.LabelMetadataName, Operator: metav1.LabelSelectorOpNotIn, Values: []string{metav1.NamespaceSystem, operator}},
	}}
}

func notOptedOut() *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
		{Key: v1alpha1.LabelMesh, Operator: metav1.LabelSelectorOpNotIn, Values: []string{v1alpha1.MeshNone}},
	}}
}

// injectable leaves out pods that can't have a sidecar: those on the node's network, and the mirrors of static pods,
// which the kubelet runs as its own files say.
func injectable() []admissionregistrationv1.MatchCondition {
	return []admissionregistrationv1.MatchCondition{
		{
			Name:       "has-own-network",
			Expression: "!has(object.spec.hostNetwork) || !object.spec.hostNetwork",
		},
		{
			Name:       "is-not-static",
			Expression: "!has(object.metadata.annotations) || !('" + corev1.MirrorPodAnnotationKey + "' in object.metadata.annotations)",
		},
	}
}
