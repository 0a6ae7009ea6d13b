package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

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

// CanaryStep gives the new version a share of the requests, and of the connections of TCP.
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
	// MinRequests is the least number of requests that the new version must have answered in this step, or of connections of
	// TCP that must have ended. Without it, 100.
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
