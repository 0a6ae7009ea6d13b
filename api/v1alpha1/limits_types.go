package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Limits bound what each caller does to a Service. Every proxy holds to them by itself. A field that is missing has the
// value of a Policy that names less, then of the Mesh, then the usual one.
type Limits struct {
	// ConnectTimeout is how long a connection may take to open: 10ms to 1m. Usually 5s.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('10ms') && duration(self) <= duration('1m')",message="must be from 10ms to 1m"
	ConnectTimeout *metav1.Duration `json:"connectTimeout,omitempty"`
	// RequestTimeout is how long a request may take with all of its answer: 1ms to 24h, or 0s for any time. A time-out of
	// an HTTPRoute goes first. Usually 0s.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) == duration('0s') || duration(self) >= duration('1ms') && duration(self) <= duration('24h')",message="must be 0s, or from 1ms to 24h"
	RequestTimeout *metav1.Duration `json:"requestTimeout,omitempty"`
	// MaxConnections are open at one time. Usually 10000.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000
	MaxConnections *int32 `json:"maxConnections,omitempty"`
	// MaxPendingRequests wait for a connection at one time, one that is being opened too. Usually 10000.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000
	MaxPendingRequests *int32 `json:"maxPendingRequests,omitempty"`
	// MaxRequests are under way at one time. Usually 10000.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000
	MaxRequests *int32 `json:"maxRequests,omitempty"`
	// Retries of requests that no pod can have got.
	// +optional
	Retries *Retries `json:"retries,omitempty"`
	// Ejection leaves out pods that fail again and again.
	// +optional
	Ejection *Ejection `json:"ejection,omitempty"`
}

// Retries of requests that no pod can have got: no connection could be opened, or the pod has refused. Nothing else is
// sent again.
type Retries struct {
	// Attempts after the first one. 0 sends nothing again. Usually 2.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=10
	Attempts *int32 `json:"attempts,omitempty"`
	// BudgetPercent of the requests under way may be sent again at one time, and three in any case. Usually 20.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	BudgetPercent *int32 `json:"budgetPercent,omitempty"`
}

// EjectionMode says whether pods are left out.
//
// +kubebuilder:validation:Enum=Enabled;Disabled
type EjectionMode string

// Modes of ejection.
const (
	EjectionEnabled  EjectionMode = "Enabled"
	EjectionDisabled EjectionMode = "Disabled"
)

// Ejection leaves out a pod that can't be reached, or for which a proxy answers with 502, 503 or 504.
type Ejection struct {
	// Mode Disabled leaves no pod out. Usually Enabled.
	// +optional
	Mode EjectionMode `json:"mode,omitempty"`
	// Failures in a row until a pod is left out. Usually 5.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	Failures *int32 `json:"failures,omitempty"`
	// Time that a pod is left out, times how often it was: 1s to 1h. Usually 10s.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1s') && duration(self) <= duration('1h')",message="must be from 1s to 1h"
	Time *metav1.Duration `json:"time,omitempty"`
	// MaxPercent of a Service's pods are left out at one time, rounded down. Usually 50.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	MaxPercent *int32 `json:"maxPercent,omitempty"`
}

// PolicyLimits bound what each caller does to the Services that a Policy is about.
//
// +kubebuilder:validation:MinProperties=1
type PolicyLimits struct {
	// Services of the Policy's namespace, by name. Without it, those whose own selector has all labels of the Policy's.
	// +optional
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=63
	// +listType=set
	Services []string `json:"services,omitempty"`

	Limits `json:",inline"`

	// +optional
	Rates *Reserved `json:"rates,omitempty"`
}

// EnforcedLimits is a section as it was in one generation of its Policy.
type EnforcedLimits struct {
	Generation   int64       `json:"generation"`
	Selector     PodSelector `json:"selector"`
	PolicyLimits `json:",inline"`
}

// Traffic says how workloads call each other.
type Traffic struct {
	// Limits of the calls to each Service.
	// +optional
	Limits *Limits `json:"limits,omitempty"`
}
