package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Reserved is a field of the design that this release does not implement. Any value is refused at admission.
//
// +kubebuilder:pruning:PreserveUnknownFields
// +kubebuilder:validation:XValidation:rule="false",message="this release does not implement this field; remove it"
type Reserved struct{}

// Acknowledgement counts the live proxies that depend on an object and those of them that have applied it.
type Acknowledgement struct {
	// Acknowledged is the number of live proxies that have applied the object as it is.
	Acknowledged int32 `json:"acknowledged"`
	// Total is the number of live proxies that depend on the object.
	Total int32 `json:"total"`
	// Pending names pods whose proxies have not answered yet, the first few of them.
	// +optional
	// +kubebuilder:validation:MaxItems=10
	// +listType=atomic
	Pending []string `json:"pending,omitempty"`
	// Rejected names pods whose proxies refused the configuration, the first few of them.
	// +optional
	// +kubebuilder:validation:MaxItems=10
	// +listType=atomic
	Rejected []Rejection `json:"rejected,omitempty"`
}

// Rejection is the refusal of a configuration by one proxy. The proxy keeps what it had.
type Rejection struct {
	// Pod is the namespace and name of the proxy's pod.
	Pod string `json:"pod"`
	// Reason is Envoy's text.
	Reason string `json:"reason"`
}

// Complete says whether every live proxy has applied the object.
func (a Acknowledgement) Complete() bool { return a.Acknowledged == a.Total }

// Position is where a staged change stands. It is all that a restarted operator needs to go on.
type Position struct {
	// Change names what is being changed to.
	Change string `json:"change"`
	// Sequence rises by one with each step; proxies acknowledge it.
	Sequence int64 `json:"sequence"`
	// Step is the name of the current step.
	Step string `json:"step"`
	// Since is when the step began.
	Since metav1.Time `json:"since"`
	// WaitingFor says what the step waits for, for people.
	// +optional
	WaitingFor string `json:"waitingFor,omitempty"`
}
