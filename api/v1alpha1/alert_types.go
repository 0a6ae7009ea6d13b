package v1alpha1

// Alert sends messages about Canaries to a chat.
type Alert struct {
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Name string `json:"name"`
	// Slack is a receiver of Slack's incoming webhooks, or of another chat that takes the same messages.
	Slack SlackReceiver `json:"slack"`
	// Namespaces whose Canaries it is about. Without it, all of the mesh.
	// +optional
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MaxLength=63
	// +listType=set
	Namespaces []string `json:"namespaces,omitempty"`
	// Reasons of the Events that are sent. Without it, those that a person should know: what was rolled back or promoted,
	// and what waits for longer than it should.
	// +optional
	// +kubebuilder:validation:MaxItems=40
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=64
	// +listType=set
	Reasons []string `json:"reasons,omitempty"`
}

// SlackReceiver is where messages go.
type SlackReceiver struct {
	// URLFrom is the Secret that holds the URL, in the operator's namespace. Whoever has the URL can post: it is neither
	// logged nor shown.
	URLFrom SecretKey `json:"urlFrom"`
}

// SecretKey is a key of a Secret in the operator's namespace.
type SecretKey struct {
	// Name of the Secret.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
	// Key in it. Without it, url.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Key string `json:"key,omitempty"`
}
