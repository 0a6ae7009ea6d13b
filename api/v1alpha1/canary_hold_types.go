package v1alpha1

// WorkloadReference names a workload of the same namespace.
type WorkloadReference struct {
	// APIVersion of the kind. Without it, apps/v1.
	// +optional
	// +kubebuilder:validation:Enum=apps/v1
	APIVersion string `json:"apiVersion,omitempty"`
	// Kind of the workload. Only the rollout of a Deployment can be held; for the others, name two workloads.
	// +kubebuilder:validation:Enum=Deployment;StatefulSet;DaemonSet
	Kind string `json:"kind"`
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
}

// KindDeployment is the kind whose rollout can be held.
const KindDeployment = "Deployment"

// CanaryHold is where the held rollout of a Deployment stands.
type CanaryHold struct {
	// DeploymentUID is the Deployment that the hashes are about.
	// +optional
	DeploymentUID string `json:"deploymentUID,omitempty"`
	// StableHashes are the pod-template-hashes of the stable version: one, or several that differ by a restart only.
	// +optional
	// +kubebuilder:validation:MaxItems=10
	// +listType=set
	StableHashes []string `json:"stableHashes,omitempty"`
	// PromotingHash is the revision that takes over.
	// +optional
	PromotingHash string `json:"promotingHash,omitempty"`
	// Wave of the promotion: 1 to 3 give a quarter of the places each, 4 all but one, 5 the last. Without a promotion, 0.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=5
	Wave int32 `json:"wave,omitempty"`
	// Size is how many pods of the new version may exist before it is promoted.
	// +optional
	Size int32 `json:"size,omitempty"`
	// Replicas is the size of the Deployment, StableReady the number of ready pods of the stable version.
	Replicas    int32 `json:"replicas"`
	StableReady int32 `json:"stableReady"`
	// Admitted is the number of pods of the new version, Waiting how many of them are not released.
	Admitted int32 `json:"admitted"`
	Waiting  int32 `json:"waiting"`
	// Findings about the Deployment and what stands around it.
	// +optional
	// +kubebuilder:validation:MaxItems=16
	// +listType=map
	// +listMapKey=reason
	Findings []HoldFinding `json:"findings,omitempty"`
}

// FindingLevel is how grave a finding is.
//
// +kubebuilder:validation:Enum=Info;Warning;Error
type FindingLevel string

// Levels of findings.
const (
	LevelInfo    FindingLevel = "Info"
	LevelWarning FindingLevel = "Warning"
	LevelError   FindingLevel = "Error"
)

// HoldFinding is something that should be known about a held rollout.
type HoldFinding struct {
	Level FindingLevel `json:"level"`
	// Reason is a word for programs, Message a sentence for people.
	Reason  string `json:"reason"`
	Message string `json:"message"`
}
