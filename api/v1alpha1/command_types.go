package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Action is what a person tells a Canary to do.
//
// +kubebuilder:validation:Enum=abort;promote;retry;pause;resume
type Action string

// Actions of a person.
const (
	ActionAbort   Action = "abort"
	ActionPromote Action = "promote"
	ActionRetry   Action = "retry"
	ActionPause   Action = "pause"
	ActionResume  Action = "resume"
)

// Command is what a person told a Canary to do. It stands in the annotation weft.dev/command.
type Command struct {
	// ID makes two equal commands different.
	ID     string      `json:"id"`
	Action Action      `json:"action"`
	Actor  string      `json:"actor"`
	Time   metav1.Time `json:"time"`
	// Revision that the command is about. A command for another revision is refused.
	Revision string `json:"revision"`
	// Refused says why the command was not carried out.
	// +optional
	Refused string `json:"refused,omitempty"`
}
