package uninstall

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// Names and labels by which an install is found.
const (
	// DefaultNamespace is where the operator runs unless it was installed elsewhere.
	DefaultNamespace = "weft-system"
	// Operator is the name of the operator's Deployment.
	Operator = "weft-operator"
	// Injector is the name of the webhook configuration that injects sidecars.
	Injector = "weft-injector"
	// LabelPartOf with the value PartOf is on everything that was installed.
	LabelPartOf = "app.kubernetes.io/part-of"
	// PartOf is the value of LabelPartOf.
	PartOf = "weft"
)

var (
	webhooks = schema.GroupVersion{Group: "admissionregistration.k8s.io", Version: "v1"}
	apps     = schema.GroupVersion{Group: "apps", Version: "v1"}
	core     = schema.GroupVersion{Version: "v1"}
	rbac     = schema.GroupVersion{Group: "rbac.authorization.k8s.io", Version: "v1"}

	deployment = apps.WithKind("Deployment")
	namespace  = core.WithKind("Namespace")
	crd        = schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"}
)

// source says where the objects of one kind are looked for, and which of them are ours.
type source struct {
	stage Stage
	kind  schema.GroupVersionKind
	home  bool     // only in the operator's namespace
	all   bool     // every object of the kind is ours
	names []string // these are ours
	parts bool     // those labelled as part of the install are ours
	made  bool     // those labelled as made at run time are ours
}

// sources is everything that an install consists of and that the operator makes, except pods.
var sources = []source{
	{stage: Injection, kind: webhooks.WithKind("MutatingWebhookConfiguration"), names: []string{Injector}, parts: true, made: true},
	{stage: Injection, kind: webhooks.WithKind("ValidatingWebhookConfiguration"), parts: true, made: true},

	{stage: Control, kind: deployment, home: true, names: []string{Operator}, parts: true},

	{stage: Resources, kind: v1alpha1.GroupVersion.WithKind("Canary"), all: true},
	{stage: Resources, kind: v1alpha1.GroupVersion.WithKind("Policy"), all: true},
	{stage: Resources, kind: v1alpha1.GroupVersion.WithKind("Mesh"), all: true},

	{stage: Made, kind: schema.GroupVersionKind{Group: "networking.k8s.io", Version: "v1", Kind: "NetworkPolicy"}, made: true},
	{stage: Made, kind: core.WithKind("ConfigMap"), made: true},
	{stage: Made, kind: webhooks.WithKind("ValidatingAdmissionPolicyBinding"), parts: true, made: true},
	{stage: Made, kind: webhooks.WithKind("ValidatingAdmissionPolicy"), parts: true, made: true},
	{stage: Made, kind: rbac.WithKind("ClusterRoleBinding"), parts: true, made: true},
	{stage: Made, kind: rbac.WithKind("ClusterRole"), parts: true, made: true},

	{stage: Schemas, kind: crd, names: []string{"canaries.weft.dev", "meshes.weft.dev", "policies.weft.dev"}},

	{stage: Home, kind: schema.GroupVersionKind{Group: "policy", Version: "v1", Kind: "PodDisruptionBudget"}, home: true, parts: true, made: true},
	{stage: Home, kind: core.WithKind("Service"), home: true, parts: true, made: true},
	{stage: Home, kind: core.WithKind("ConfigMap"), home: true, parts: true},
	{stage: Home, kind: core.WithKind("Secret"), home: true, parts: true, made: true},
	{stage: Home, kind: schema.GroupVersionKind{Group: "coordination.k8s.io", Version: "v1", Kind: "Lease"}, home: true, parts: true, made: true},
	{stage: Home, kind: rbac.WithKind("RoleBinding"), home: true, parts: true, made: true},
	{stage: Home, kind: rbac.WithKind("Role"), home: true, parts: true, made: true},
	{stage: Home, kind: core.WithKind("ServiceAccount"), home: true, parts: true, made: true},
	{stage: Home, kind: namespace, parts: true},
}
