package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Canary moves a Service's traffic from one version of a workload to the next, step by step, and back when the new
// version does harm.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,path=canaries,categories=weft
// +kubebuilder:printcolumn:name="Service",type=string,JSONPath=`.spec.service.name`
// +kubebuilder:printcolumn:name="Phase",type=string,JSONPath=`.status.phase`
// +kubebuilder:printcolumn:name="Weight",type=integer,JSONPath=`.status.weight.desired`
// +kubebuilder:printcolumn:name="Acknowledged",type=integer,JSONPath=`.status.weight.acknowledged`
// +kubebuilder:printcolumn:name="Paused",type=string,JSONPath=`.status.pause.by`
// +kubebuilder:printcolumn:name="Verdict",type=string,JSONPath=`.status.lastVerdict.result`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type Canary struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec CanarySpec `json:"spec"`
	// +optional
	Status CanaryStatus `json:"status,omitempty"`
}

// CanaryList is a list of canaries.
//
// +kubebuilder:object:root=true
type CanaryList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Canary `json:"items"`
}

// CanarySpec is how a new version takes over.
//
// +kubebuilder:validation:XValidation:rule="has(self.targetRef) != has(self.workloads)",message="name one Deployment in targetRef, or two workloads in workloads"
// +kubebuilder:validation:XValidation:rule="self.steps.all(s, s.weight > 0 || has(s.mirror) || has(self.preview))",message="a step of weight 0 needs a mirror, or spec.preview"
// +kubebuilder:validation:XValidation:rule="has(self.match) || self.steps.all(s, !has(s.everyone))",message="everyone is for a Canary with a match: without it, a step is for all requests"
// +kubebuilder:validation:XValidation:rule="self.steps.all(s, s.weight > 0) || has(self.webhooks) && self.webhooks.exists(w, !has(w.before) || 'Promotion' in w.before) || self.steps.exists(s, s.weight > 0 && s.weight < 100 || s.weight == 0 && has(s.pause))",message="nothing is compared before the new version gets all requests: give the step of weight 0 a pause, or ask a webhook, or add a step"
type CanarySpec struct {
	// Unreadable is why the rest can't be read; empty: it can.
	Unreadable string `json:"-"`

	// Service whose traffic is split, in the Canary's namespace. It stays: for another Service make another Canary.
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="a Canary stays with its Service; make another Canary"
	Service ServiceReference `json:"service"`
	// TargetRef names the Deployment whose revisions are judged: its rolling update is held while the new pods prove
	// themselves. Either this or workloads is set.
	// +optional
	TargetRef *WorkloadReference `json:"targetRef,omitempty"`
	// Workloads tells the two versions behind the Service apart by pod labels.
	// +optional
	Workloads *CanaryWorkloads `json:"workloads,omitempty"`
	// Steps are taken in order. A step of 100 follows the last one if it is missing.
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=20
	// +listType=atomic
	// +kubebuilder:validation:XValidation:rule="self.map(s, s.weight).isSorted() && self.all(i, self.exists_one(j, i.weight == j.weight))",message="weights must rise"
	// +kubebuilder:validation:XValidation:rule="self.all(i, !has(i.everyone) || !i.everyone || self.all(j, j.weight <= i.weight || has(j.everyone) && j.everyone))",message="what is for everyone stays so: set everyone in all later steps"
	Steps []CanaryStep `json:"steps"`
	// Analysis sets the judge.
	// +optional
	Analysis *CanaryAnalysis `json:"analysis,omitempty"`
	// StepDeadline is how long a step may take in all, waiting included. Without it, 10 minutes more than its duration.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) > duration('0s')",message="must be a positive duration"
	StepDeadline *metav1.Duration `json:"stepDeadline,omitempty"`
	// Webhooks are asked before the weight rises, when time, evidence and pods are there. Each must answer with a status of
	// 200 to 299. They are asked again until the step's deadline. They never delay a rollback.
	// +optional
	// +kubebuilder:validation:MaxItems=5
	// +listType=map
	// +listMapKey=name
	Webhooks []CanaryWebhook `json:"webhooks,omitempty"`
	// ConfigChanges says what it means when a ConfigMap or a Secret changes that the new version's pods name. Without it,
	// Ignore. For NewRun the operator must be allowed to get them.
	// +optional
	ConfigChanges ConfigChanges `json:"configChanges,omitempty"`
	// OnInconclusive says what happens when a step's deadline passes without enough evidence. Without it, Rollback.
	// +optional
	OnInconclusive OnInconclusive `json:"onInconclusive,omitempty"`

	// Match is the focus: only requests that fit one of these are divided, all others go to the stable version, until a
	// step is for everyone or the weight is 100. Without it, all requests are divided.
	// +optional
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	// +listType=atomic
	Match []RequestMatch `json:"match,omitempty"`
	// Preview is who meets the new version first: requests that fit one of these all go to it as soon as the first step has
	// begun, also while its weight is 0. They are not judged, since there is nothing to compare them with.
	// +optional
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	// +listType=atomic
	Preview []RequestMatch `json:"preview,omitempty"`
}

// ConfigChanges says what a change of configuration means.
//
// +kubebuilder:validation:Enum=Ignore;NewRun
type ConfigChanges string

// What a change of configuration means.
const (
	// ConfigIgnore: nothing.
	ConfigIgnore ConfigChanges = "Ignore"
	// ConfigNewRun: the evidence so far is about something else. The share goes back to 0, and a new run begins.
	ConfigNewRun ConfigChanges = "NewRun"
)

// OnInconclusive says what happens when a deadline passes without enough evidence.
//
// +kubebuilder:validation:Enum=Rollback;Hold;Promote
type OnInconclusive string

// What may happen when a deadline passes without enough evidence.
const (
	InconclusiveRollback OnInconclusive = "Rollback"
	InconclusiveHold     OnInconclusive = "Hold"
	InconclusivePromote  OnInconclusive = "Promote"
)

// ServiceReference names a Service of the same namespace.
type ServiceReference struct {
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`
}

// CanaryWorkloads tells two versions behind one Service apart.
type CanaryWorkloads struct {
	Stable PodSelector `json:"stable"`
	Canary PodSelector `json:"canary"`
}

// CanaryStep gives the new version a share of the requests.
//
// +kubebuilder:validation:XValidation:rule="!has(self.mirror) || self.weight == 0",message="mirror is for the step of weight 0: a new version that has a share of its own needs no copies"
// +kubebuilder:validation:XValidation:rule="!has(self.minRequests) || self.weight > 0",message="a step of weight 0 has no requests to count; leave minRequests out"
type CanaryStep struct {
	// Weight in percent: of the requests that fit spec.match, or of all. A step of weight 0 is for a mirror or a preview.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	Weight int32 `json:"weight"`
	// Duration is the least time at this weight, from the last proxy's acknowledgement on. Without it, 1 minute.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('0s')",message="must be a duration that is not negative"
	Duration *metav1.Duration `json:"duration,omitempty"`
	// MinRequests is the least number of requests that the new version must have answered in this step. Without it, 100.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000000
	MinRequests *int64 `json:"minRequests,omitempty"`

	// Pause makes the step wait for a person (kubectl weft canary resume) when its own time and evidence are there.
	// +optional
	Pause *StepPause `json:"pause,omitempty"`

	// Mirror is how many percent of the requests are sent to the new version as well. Its answers are thrown away, but what
	// it does is done: it must not charge anybody twice.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	Mirror *int32 `json:"mirror,omitempty"`
	// Everyone makes the weight that of all requests, not only of those that fit spec.match.
	// +optional
	Everyone bool `json:"everyone,omitempty"`
}

// CanaryWebhook is asked by HTTP POST whether the weight may rise. The body is JSON: what the Canary is, its revision, its
// weight and the next one.
type CanaryWebhook struct {
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Name string `json:"name"`
	// URL without a user or a password in it. It may not lead to the operator's own machine or to a cloud's metadata; a
	// redirect is not followed.
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:Pattern=`^https?://[^/?#@\s]+([/?][^#\s]*)?$`
	URL string `json:"url"`
	// Before says which rises of the weight it is asked about. Without it, all.
	// +optional
	// +kubebuilder:validation:MaxItems=3
	// +listType=set
	Before []WebhookMoment `json:"before,omitempty"`
	// Timeout of one call. Without it, 10 seconds.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) > duration('0s') && duration(self) <= duration('30s')",message="must be more than 0s and at most 30s"
	Timeout *metav1.Duration `json:"timeout,omitempty"`
}

// WebhookMoment is a rise of the weight.
//
// +kubebuilder:validation:Enum=Start;Step;Promotion
type WebhookMoment string

// Rises of the weight.
const (
	// WebhookStart is from 0 to the first step.
	WebhookStart WebhookMoment = "Start"
	// WebhookStep is from one step to the next, below 100.
	WebhookStep WebhookMoment = "Step"
	// WebhookPromotion is to 100.
	WebhookPromotion WebhookMoment = "Promotion"
)

// StepPause is a gate that a person opens.
type StepPause struct {
	// Duration after which the pause ends by itself. Without it, only a person ends it.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) > duration('0s')",message="must be a positive duration"
	Duration *metav1.Duration `json:"duration,omitempty"`
}

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
	// +kubebuilder:validation:MaxItems=5
	// +listType=atomic
	LatencyEdges []metav1.Duration `json:"latencyEdges,omitempty"`
	// +optional
	// +kubebuilder:validation:MaxItems=8
	// +listType=atomic
	Match []RequestMatch `json:"match,omitempty"`
	// +optional
	// +kubebuilder:validation:MaxItems=8
	// +listType=atomic
	Preview []RequestMatch `json:"preview,omitempty"`
}

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
