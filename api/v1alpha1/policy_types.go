package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Policy selects workloads of its namespace and says who may call them, or how they may be called.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,categories=weft
// +kubebuilder:printcolumn:name="Step",type=string,JSONPath=`.status.position.step`
// +kubebuilder:printcolumn:name="Acknowledged",type=integer,JSONPath=`.status.proxies.acknowledged`
// +kubebuilder:printcolumn:name="Proxies",type=integer,JSONPath=`.status.proxies.total`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type Policy struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec PolicySpec `json:"spec"`
	// +optional
	Status PolicyStatus `json:"status,omitempty"`
}

// PolicyList is a list of policies.
//
// +kubebuilder:object:root=true
type PolicyList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Policy `json:"items"`
}

// PolicyMode says what a Policy does with a call that it does not allow.
//
// +kubebuilder:validation:Enum=Shadow;Enforce;EnforceWhenClean
type PolicyMode string

// PolicyEnforce refuses a call that is not allowed.
const PolicyEnforce PolicyMode = "Enforce"

// PolicySpec selects workloads and carries one section.
//
// +kubebuilder:validation:XValidation:rule="has(self.access) != has(self.limits)",message="a Policy has exactly one section: access or limits"
// +kubebuilder:validation:XValidation:rule="has(self.access) == has(oldSelf.access)",message="a Policy keeps its section; make another Policy for the other one"
// +kubebuilder:validation:XValidation:rule="!has(self.limits) || !has(self.limits.services) || !has(self.selector.matchLabels) || size(self.selector.matchLabels) == 0",fieldPath=".selector",message="limits.services names the Services, so the selector must be empty"
type PolicySpec struct {
	// Unreadable is why the rest can't be read; empty: it can.
	Unreadable string `json:"-"`

	// Selector selects pods of the Policy's namespace by their labels. Empty, it selects all of them.
	Selector PodSelector `json:"selector"`
	// Mode Enforce refuses what is not allowed. Without it, Enforce.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self == 'Enforce'",message="this release implements Enforce only"
	Mode PolicyMode `json:"mode,omitempty"`
	// Access says who may call the selected workloads. Policies add up: a call is allowed when any Policy that selects
	// the workload allows it. A workload that no Policy with access selects takes calls from all of the mesh.
	// +optional
	Access *Access `json:"access,omitempty"`
	// Limits bound what each caller does to the Services of the selected workloads. They refuse nobody. Of the Policies
	// that set a field for a Service the one counts that names it, then the one with most labels; of equal ones the oldest.
	// +optional
	Limits *PolicyLimits `json:"limits,omitempty"`

	// +optional
	Egress *Reserved `json:"egress,omitempty"`
	// +optional
	Authentication *Reserved `json:"authentication,omitempty"`
	// +optional
	Reports *Reserved `json:"reports,omitempty"`
}

// PodSelector selects pods that have all of the labels.
type PodSelector struct {
	// +optional
	// +kubebuilder:validation:MaxProperties=16
	MatchLabels map[string]string `json:"matchLabels,omitempty"`
}

// Access says who may call. Without a rule nobody may.
type Access struct {
	// Allow lists rules. A call is allowed when one rule matches it.
	// +optional
	// +kubebuilder:validation:MaxItems=64
	// +listType=atomic
	Allow []AccessRule `json:"allow,omitempty"`

	// +optional
	Deny *Reserved `json:"deny,omitempty"`
}

// AccessRule matches a call from one of its peers to one of its ports.
type AccessRule struct {
	// From lists callers.
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	// +listType=atomic
	From []Peer `json:"from"`
	// Ports of the pod, not of a Service. Without it, all ports.
	// +optional
	// +kubebuilder:validation:MaxItems=32
	// +listType=set
	// +kubebuilder:validation:items:Minimum=1
	// +kubebuilder:validation:items:Maximum=65535
	Ports []int32 `json:"ports,omitempty"`

	// +optional
	Methods *Reserved `json:"methods,omitempty"`
	// +optional
	Paths *Reserved `json:"paths,omitempty"`
	// +optional
	Headers *Reserved `json:"headers,omitempty"`
	// +optional
	Claims *Reserved `json:"claims,omitempty"`
}

// Peer is a set of callers.
type Peer struct {
	// ServiceAccount names the account that the caller runs as.
	ServiceAccount *ServiceAccountPeer `json:"serviceAccount"`

	// +optional
	Namespace *Reserved `json:"namespace,omitempty"`
	// +optional
	PodLabels *Reserved `json:"podLabels,omitempty"`
	// +optional
	CIDR *Reserved `json:"cidr,omitempty"`
	// +optional
	Ingress *Reserved `json:"ingress,omitempty"`
	// +optional
	Monitoring *Reserved `json:"monitoring,omitempty"`
}

// ServiceAccountPeer names a service account.
type ServiceAccountPeer struct {
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
	// Namespace of the account. Without it, that of the Policy.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace,omitempty"`
}

// PolicyStatus is what is in force.
type PolicyStatus struct {
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// Position is where the change of the two layers stands.
	// +optional
	Position *Position `json:"position,omitempty"`
	// Envoy is what the proxies enforce.
	// +optional
	Envoy *EnforcedAccess `json:"envoy,omitempty"`
	// Network is what the NetworkPolicies let through: never less than Envoy does.
	// +optional
	Network *NetworkAccess `json:"network,omitempty"`
	// Limits are what the proxies of the callers hold to.
	// +optional
	Limits *EnforcedLimits `json:"limits,omitempty"`
	// Proxies counts acknowledgements of what Envoy is to enforce.
	// +optional
	Proxies *Acknowledgement `json:"proxies,omitempty"`
	// Workloads that are selected, the first of them.
	// +optional
	// +kubebuilder:validation:MaxItems=100
	// +listType=set
	Workloads []string `json:"workloads,omitempty"`
	// Services that limits are about, the first of them.
	// +optional
	// +kubebuilder:validation:MaxItems=100
	// +listType=set
	Services []string `json:"services,omitempty"`
}

// EnforcedAccess is a section as it was in one generation of its Policy.
type EnforcedAccess struct {
	Generation int64       `json:"generation"`
	Selector   PodSelector `json:"selector"`
	// +optional
	// +kubebuilder:validation:MaxItems=64
	// +listType=atomic
	Allow []AccessRule `json:"allow,omitempty"`
}

// NetworkAccess is what the NetworkPolicies of one Policy let through.
type NetworkAccess struct {
	// Isolates says whether calls that no rule allows are dropped. While a Policy comes or goes it only adds to the
	// rules of others.
	Isolates bool `json:"isolates"`
	// Accepts are the generations whose rules are let through. While a change is under way there are several.
	// +optional
	// +kubebuilder:validation:MaxItems=16
	// +listType=atomic
	Accepts []EnforcedAccess `json:"accepts,omitempty"`
}
