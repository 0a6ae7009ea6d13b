package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// CanaryPhase is where a run stands.
type CanaryPhase string

// Phases of a run.
const (
	// CanaryWaiting: there is no new version, or it can't be judged yet. All requests go to the stable version.
	CanaryWaiting CanaryPhase = "Waiting"
	// CanaryProgressing: the new version has a share and is judged.
	CanaryProgressing CanaryPhase = "Progressing"
	// CanaryRollingBack: the share is 0; not all proxies have acknowledged that yet.
	CanaryRollingBack CanaryPhase = "RollingBack"
	// CanaryRolledBack: all requests go to the stable version. The same revision is not tried again.
	CanaryRolledBack CanaryPhase = "RolledBack"
	// CanaryPromoted: all requests go to the new version.
	CanaryPromoted CanaryPhase = "Promoted"
)

// CanaryStatus is what was decided and why.
type CanaryStatus struct {
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// +optional
	Phase CanaryPhase `json:"phase,omitempty"`
	// Message says in a sentence where the run stands.
	// +optional
	Message string `json:"message,omitempty"`
	// Run pins what is judged.
	// +optional
	Run *CanaryRun `json:"run,omitempty"`
	// Step is the index of the current step in the run's steps.
	// +optional
	Step int32 `json:"step,omitempty"`
	// Position is where the change of the weight stands.
	// +optional
	Position *Position `json:"position,omitempty"`
	// AcknowledgedAt is when the last live proxy acknowledged the current weight. The step's time counts from here.
	// +optional
	AcknowledgedAt *metav1.Time `json:"acknowledgedAt,omitempty"`
	// Deadline of the current step. In a pause there is none: its clock stands still.
	// +optional
	Deadline *metav1.Time `json:"deadline,omitempty"`
	// Pause says that the run does not go on before a person or the time says so. It can still go back.
	// +optional
	Pause *CanaryPause `json:"pause,omitempty"`
	// Gates of the current step that are asked besides time and evidence, and their answers.
	// +optional
	// +kubebuilder:validation:MaxItems=8
	// +listType=map
	// +listMapKey=name
	Gates []GateResult `json:"gates,omitempty"`
	// Weight of the new version in percent.
	// +optional
	Weight *CanaryWeight `json:"weight,omitempty"`
	// Proxies counts acknowledgements of the current weight.
	// +optional
	Proxies *Acknowledgement `json:"proxies,omitempty"`
	// Metrics are the latest readings in this step of the numbers that other systems measure.
	// +optional
	// +kubebuilder:validation:MaxItems=10
	// +listType=map
	// +listMapKey=name
	Metrics []MetricReading `json:"metrics,omitempty"`
	// Evidence of the run so far.
	// +optional
	Evidence *Evidence `json:"evidence,omitempty"`
	// LastVerdict of the judge, with its numbers.
	// +optional
	LastVerdict *Verdict `json:"lastVerdict,omitempty"`
	// Promoted is the revision that has all requests after it was judged good, until it is replaced. It is what a program waits
	// for that has changed the workload: the generation of the Canary says nothing of that.
	// +optional
	Promoted string `json:"promoted,omitempty"`
	// Rejected is the revision that was rolled back. It is not tried again until another one is promoted or a person says
	// so.
	// +optional
	Rejected string `json:"rejected,omitempty"`
	// RejectedConfig is the hash of its configuration, where spec.configChanges asks for it. Another one is tried.
	// +optional
	RejectedConfig string `json:"rejectedConfig,omitempty"`
	// Hold is there when spec.targetRef is.
	// +optional
	Hold *CanaryHold `json:"hold,omitempty"`
	// LastCommand is the latest command that was carried out or refused.
	// +optional
	LastCommand *Command `json:"lastCommand,omitempty"`
	// History of past runs, newest first.
	// +optional
	// +kubebuilder:validation:MaxItems=10
	// +listType=atomic
	History []CanaryRecord `json:"history,omitempty"`
}

// CanaryRun pins what is judged: an edit of the spec changes no traffic before a new run begins.
type CanaryRun struct {
	// Revision is the pod-template-hash of the new version's pods.
	Revision string `json:"revision"`
	// Config is a hash of the ConfigMaps and Secrets that the pods name, where spec.configChanges asks for it.
	// +optional
	Config string `json:"config,omitempty"`
	// Generation of the Canary that the run began with.
	Generation int64       `json:"generation"`
	StartedAt  metav1.Time `json:"startedAt"`
	Stable     PodSelector `json:"stable"`
	Canary     PodSelector `json:"canary"`
	// LatencyEdges are the durations that the versions are compared by.
	// +optional
	// +kubebuilder:validation:MaxItems=7
	// +listType=atomic
	LatencyEdges []metav1.Duration `json:"latencyEdges,omitempty"`
	// StableLatency is there when durations are chosen by what the stable version's requests take.
	// +optional
	StableLatency *StableLatency `json:"stableLatency,omitempty"`
	// +optional
	// +kubebuilder:validation:MaxItems=8
	// +listType=atomic
	Match []RequestMatch `json:"match,omitempty"`
	// +optional
	// +kubebuilder:validation:MaxItems=8
	// +listType=atomic
	Preview []RequestMatch `json:"preview,omitempty"`
}

// StableLatency is how long requests to the stable version took when the run began. Two durations are chosen by it, once, and
// only requests after that are compared by them.
type StableLatency struct {
	// Requests that were looked at.
	Requests int64 `json:"requests"`
	// Longer counts those of them that took longer than each of a fixed list of durations, until the choice is made.
	// +optional
	// +kubebuilder:validation:MaxItems=32
	// +listType=atomic
	Longer []int64 `json:"longer,omitempty"`
	// P90 and P99 are the choice: at most a tenth, and at most a hundredth, of the requests took longer.
	// +optional
	P90 *metav1.Duration `json:"p90,omitempty"`
	// +optional
	P99 *metav1.Duration `json:"p99,omitempty"`
}

// Open says that the choice is still to be made.
func (s *StableLatency) Open() bool { return s != nil && s.P99 == nil }

// CanaryPause stops the clock of the current step.
type CanaryPause struct {
	// By is the person who wanted it, or "spec" for a pause of the step.
	By string `json:"by"`
	// Since is when it began.
	Since metav1.Time `json:"since"`
	// Until is when it ends by itself; without it, a person ends it.
	// +optional
	Until *metav1.Time `json:"until,omitempty"`
	// Remaining is what is left of the step's deadline. It counts on when the pause ends.
	Remaining metav1.Duration `json:"remaining"`
}

// PausedBySpec stands for the person in a pause that the spec asks for.
const PausedBySpec = "spec"

// GatePause is the name of the gate that a step's pause is; that of a webhook is GateWebhook and its name.
const (
	GatePause   = "pause"
	GateWebhook = "webhook/"
)

// GateState is what is known of a gate.
//
// +kubebuilder:validation:Enum=Waiting;Open
type GateState string

// States of a gate.
const (
	GateWaiting GateState = "Waiting"
	GateOpen    GateState = "Open"
)

// GateResult is the answer of one gate of a step.
type GateResult struct {
	// Name is "pause", or "webhook/" and the name of a webhook.
	Name  string    `json:"name"`
	State GateState `json:"state"`
	// Message says who or what answered, and how.
	// +optional
	Message string `json:"message,omitempty"`
	// Time since when it has been answering so.
	Time metav1.Time `json:"time"`
}

// CanaryWeight is a share in percent, as wanted, as acknowledged by the proxies and as measured.
type CanaryWeight struct {
	Desired int32 `json:"desired"`
	// Mirror is how many percent of the requests are copied to the new version.
	// +optional
	Mirror int32 `json:"mirror,omitempty"`
	// Preview says that the requests which fit the run's preview go to the new version.
	// +optional
	Preview bool `json:"preview,omitempty"`
	// Everyone says that the weight is that of all requests, whatever the run's match.
	// +optional
	Everyone bool `json:"everyone,omitempty"`
	// Acknowledged is the weight that every live proxy has confirmed last.
	Acknowledged int32 `json:"acknowledged"`
	// Observed is the measured share of requests since the step was acknowledged.
	// +optional
	Observed *resource.Quantity `json:"observed,omitempty"`
}

// CanaryRecord is a past run.
type CanaryRecord struct {
	Revision  string      `json:"revision"`
	StartedAt metav1.Time `json:"startedAt"`
	EndedAt   metav1.Time `json:"endedAt"`
	Phase     CanaryPhase `json:"phase"`
	Reason    string      `json:"reason"`
	Message   string      `json:"message,omitempty"`
	// Verdict is the last one of the run, with its numbers.
	// +optional
	Verdict *Verdict `json:"verdict,omitempty"`
}
