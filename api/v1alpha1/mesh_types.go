package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Mesh is one service mesh of a cluster. A namespace joins it with the label weft.dev/mesh.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,categories=weft
// +kubebuilder:printcolumn:name="mTLS",type=string,JSONPath=`.spec.mtls.mode`
// +kubebuilder:printcolumn:name="Proxies",type=integer,JSONPath=`.status.proxies.total`
// +kubebuilder:printcolumn:name="Up-to-date",type=integer,JSONPath=`.status.proxies.acknowledged`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type Mesh struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec MeshSpec `json:"spec"`
	// +optional
	Status MeshStatus `json:"status,omitempty"`
}

// MeshList is a list of meshes.
//
// +kubebuilder:object:root=true
type MeshList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Mesh `json:"items"`
}

// MeshSpec is what a platform team wants of a mesh.
//
// +kubebuilder:validation:XValidation:rule="(has(self.trustDomain) ? self.trustDomain : 'cluster.local') == (has(oldSelf.trustDomain) ? oldSelf.trustDomain : 'cluster.local')",fieldPath=".trustDomain",message="the trust domain is in every certificate and can't be changed"
type MeshSpec struct {
	// Unreadable is why the rest can't be read; empty: it can.
	Unreadable string `json:"-"`

	// TrustDomain is the first part of every identity: spiffe://TRUSTDOMAIN/ns/NAMESPACE/sa/ACCOUNT.
	// Without it, it is cluster.local.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9._-]+$`
	TrustDomain string `json:"trustDomain,omitempty"`
	// Identity says who signs and for how long.
	// +optional
	Identity *Identity `json:"identity,omitempty"`
	// MTLS says which callers a workload takes.
	MTLS MTLS `json:"mtls"`
	// Injection says what the sidecars get.
	// +optional
	Injection *Injection `json:"injection,omitempty"`
	// NetworkPolicy says whether Policies are also enforced by NetworkPolicies. Without it, they are.
	// +optional
	NetworkPolicy *NetworkPolicySettings `json:"networkPolicy,omitempty"`
	// Outbound says what a workload may call that is not in the mesh.
	// +optional
	Outbound *Outbound `json:"outbound,omitempty"`
	// Scope says how much of the mesh a proxy knows before it is called to it.
	// +optional
	Scope *Scope `json:"scope,omitempty"`

	// Traffic says how workloads call each other.
	// +optional
	Traffic *Traffic `json:"traffic,omitempty"`

	// JWTIssuers are those whose tokens proxies can verify.
	// +optional
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:XValidation:rule="self.all(x, self.exists_one(y, y.issuer == x.issuer))",message="a token is of one issuer: each needs another one"
	// +listType=map
	// +listMapKey=name
	JWTIssuers []JWTIssuer `json:"jwtIssuers,omitempty"`

	// Alerts tell people in a chat what Canaries do.
	// +optional
	// +kubebuilder:validation:MaxItems=16
	// +listType=map
	// +listMapKey=name
	Alerts []Alert `json:"alerts,omitempty"`
	// MetricTemplates are sources of numbers that Canaries may be judged by.
	// +optional
	// +kubebuilder:validation:MaxItems=32
	// +listType=map
	// +listMapKey=name
	MetricTemplates []MetricTemplate `json:"metricTemplates,omitempty"`

	// OTLP lets pods of the mesh push metrics to the operator, port 4317, for the metrics of Canaries. Without it, none are
	// taken.
	// +optional
	OTLP *OTLPReceiver `json:"otlp,omitempty"`

	// +optional
	Providers *Reserved `json:"providers,omitempty"`
}

// OTLPReceiver takes metrics of pods, each from itself, known by the address that it sends from.
type OTLPReceiver struct {
	// Collectors are believed what they say about other pods of the mesh. Without them, nobody is.
	// +optional
	// +kubebuilder:validation:MaxItems=8
	// +listType=map
	// +listMapKey=namespace
	// +listMapKey=name
	Collectors []CollectorAccount `json:"collectors,omitempty"`
}

// CollectorAccount is the service account of pods of a namespace of the mesh that send for others.
type CollectorAccount struct {
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace"`
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
}

// Identity says who signs certificates and for how long.
type Identity struct {
	// LeafLifetime is how long a workload's certificate is valid: 1h to 24h. Without it, 24h.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1h') && duration(self) <= duration('24h')",message="must be from 1h to 24h"
	LeafLifetime *metav1.Duration `json:"leafLifetime,omitempty"`

	// +optional
	Issuer *Reserved `json:"issuer,omitempty"`
	// +optional
	Rotation *Reserved `json:"rotation,omitempty"`
}

// MTLSMode says which callers a workload takes.
//
// +kubebuilder:validation:Enum=Strict;Permissive;Auto
type MTLSMode string

// MTLSStrict takes only callers with an identity of the mesh.
const MTLSStrict MTLSMode = "Strict"

// MTLS says which callers a workload takes.
type MTLS struct {
	// Mode Strict takes only callers with an identity of the mesh.
	// +kubebuilder:validation:XValidation:rule="self == 'Strict'",message="this release implements Strict only"
	Mode MTLSMode `json:"mode"`
}

// Injection says what the sidecars get.
type Injection struct {
	// Resources of the sidecar. Without it, 10m CPU and 64Mi memory are requested and nothing is limited.
	// +optional
	// +kubebuilder:validation:XValidation:rule="!has(self.claims)",message="a sidecar has no claims"
	Resources *corev1.ResourceRequirements `json:"resources,omitempty"`
	// DrainSeconds is how long a terminating sidecar goes on serving before it ends. Without it, 5.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=3600
	DrainSeconds *int32 `json:"drainSeconds,omitempty"`

	// +optional
	Redirect *Reserved `json:"redirect,omitempty"`
}

// NetworkPolicyMode says whether Policies are also enforced by NetworkPolicies.
//
// +kubebuilder:validation:Enum=Off;Shadow;Enforce
type NetworkPolicyMode string

// Modes of NetworkPolicy that this release implements.
const (
	NetworkPolicyOff     NetworkPolicyMode = "Off"
	NetworkPolicyEnforce NetworkPolicyMode = "Enforce"
)

// NetworkPolicySettings says whether Policies are also enforced by NetworkPolicies.
type NetworkPolicySettings struct {
	// Mode Off makes no NetworkPolicy; Enforce makes one for each workload that a Policy isolates.
	// +kubebuilder:validation:XValidation:rule="self != 'Shadow'",message="this release implements Off and Enforce"
	Mode NetworkPolicyMode `json:"mode"`
}

// OutboundMode says what a workload may call that is not in the mesh.
//
// +kubebuilder:validation:Enum=AllowAny;DeclaredOnly
type OutboundMode string

// OutboundAllowAny passes calls to addresses that the mesh does not know as they are.
const OutboundAllowAny OutboundMode = "AllowAny"

// Outbound says what a workload may call that is not in the mesh.
type Outbound struct {
	// Mode AllowAny passes calls to addresses that the mesh does not know as they are.
	// +kubebuilder:validation:XValidation:rule="self == 'AllowAny'",message="this release implements AllowAny only"
	Mode OutboundMode `json:"mode"`
}

// Scope says how much of the mesh a proxy knows before it is called to it.
type Scope struct {
	// Budget is up to how many Services of the mesh every proxy knows all of them. In a larger mesh it knows what its
	// workload needs, and learns about another Service with the first call. Without it, 300.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000
	Budget *int32 `json:"budget,omitempty"`
}

// MeshStatus is what the operator has decided and seen.
type MeshStatus struct {
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// Effective is the spec with every default filled in.
	// +optional
	Effective *EffectiveMesh `json:"effective,omitempty"`
	// Proxies counts the live proxies and those that have applied all that they were sent.
	// +optional
	Proxies *Acknowledgement `json:"proxies,omitempty"`
	// Scope says how much of the mesh proxies know.
	// +optional
	Scope *ScopeStatus `json:"scope,omitempty"`
	// Certificates says until when the mesh's own certificates are valid.
	// +optional
	Certificates *CertificateStatus `json:"certificates,omitempty"`
	// Routes counts acknowledgements of the HTTPRoutes that the mesh honours.
	// +optional
	// +listType=map
	// +listMapKey=namespace
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=500
	Routes []RouteStatus `json:"routes,omitempty"`
	// GRPCRoutes counts acknowledgements of the GRPCRoutes that the mesh honours.
	// +optional
	// +listType=map
	// +listMapKey=namespace
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=500
	GRPCRoutes []RouteStatus `json:"grpcRoutes,omitempty"`
	// Warnings tell what works otherwise than its author may expect: the first 100, by kind, namespace and name.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=100
	Warnings []Warning `json:"warnings,omitempty"`
}

// EffectiveMesh is a Mesh with every default filled in.
type EffectiveMesh struct {
	TrustDomain   string            `json:"trustDomain"`
	LeafLifetime  metav1.Duration   `json:"leafLifetime"`
	MTLS          MTLSMode          `json:"mtls"`
	NetworkPolicy NetworkPolicyMode `json:"networkPolicy"`
	Outbound      OutboundMode      `json:"outbound"`
	DrainSeconds  int32             `json:"drainSeconds"`
	ScopeBudget   int32             `json:"scopeBudget"`
	// Limits of the calls to each Service, where no Policy sets others.
	// +optional
	Limits *Limits `json:"limits,omitempty"`
	// Namespaces that have joined.
	// +optional
	// +kubebuilder:validation:MaxItems=5000
	// +listType=set
	Namespaces []string `json:"namespaces,omitempty"`
}

// ScopeStatus says how much of the mesh proxies know.
type ScopeStatus struct {
	// Services of the mesh.
	Services int32 `json:"services"`
	// Whole counts the workloads whose proxies know all of them, Narrow the others.
	Whole  int32 `json:"whole"`
	Narrow int32 `json:"narrow"`
	// Largest is how many Services the largest narrow scope has.
	// +optional
	Largest int32 `json:"largest,omitempty"`
	// Outdated are workloads that know the whole mesh only because a pod of theirs was injected by a release without
	// first calls: the first ten, by namespace and name. A restart of such a pod makes it current.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=10
	Outdated []string `json:"outdated,omitempty"`
	// Message is the same as a sentence.
	Message string `json:"message"`
}

// Phases of the root's rotation.
const (
	CertificatesSteady = "Steady"
	CertificatesRetire = "Retire"
)

// CertificateStatus says until when the mesh's own certificates are valid.
type CertificateStatus struct {
	// Phase of the root's rotation. Steady when none is under way. In Retire connections of the old root are drained, and
	// nothing that happens to a request then is held against a Canary.
	Phase string `json:"phase"`
	// RootNotAfter is when the root ends.
	RootNotAfter metav1.Time `json:"rootNotAfter"`
	// IntermediateNotAfter is when the certificate that signs workloads ends. It is renewed long before.
	IntermediateNotAfter metav1.Time `json:"intermediateNotAfter"`
}

// Warning is about an object that is honoured.
type Warning struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Field such as spec.ports.appProtocol.
	Field string `json:"field"`
	// Reason is a word for programs.
	Reason string `json:"reason"`
	// Message is a sentence for people.
	Message string `json:"message"`
}

// RouteStatus counts acknowledgements of one route.
type RouteStatus struct {
	Namespace  string `json:"namespace"`
	Name       string `json:"name"`
	Generation int64  `json:"generation"`
	// +optional
	Reason string `json:"reason,omitempty"`

	Acknowledgement `json:",inline"`
}
