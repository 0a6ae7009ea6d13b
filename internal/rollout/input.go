package rollout

import (
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// Input is all that a decision is made of.
type Input struct {
	// Canary with the stored status. A command stands in its annotations.
	Canary *v1alpha1.Canary
	// Conflict is why the Canary can't be honoured, a sentence; then nothing moves. ConflictReason is the word for it.
	Conflict, ConflictReason string
	// Revision is that of the newest pod of spec.workloads.canary behind the Service, or the one that the Deployment of
	// spec.targetRef asks for; empty: there is none.
	Revision string
	// Config is a hash of what its pods are configured by; empty: spec.configChanges does not ask for it, or it is not
	// known. ConfigProblem is why it is not known, a sentence.
	Config, ConfigProblem string
	Serving               Serving
	// CanaryPods is the number of pods of the canary workload, serving or not.
	CanaryPods int
	// MayGrow is the size up to which an autoscaler makes the canary workload grow with its load; 0: none is at work.
	MayGrow int
	// Acks of the stamp (UID of the Canary, status.position.sequence) by the live proxies that depend on it.
	Acks v1alpha1.Acknowledgement
	// Decidable is false while a replica has not reported yet. Then only a rollback may happen.
	Decidable bool
	// Batch holds the outcomes since the last decision that was stored, each of them once.
	Batch Batch
	// Frozen says that outcomes mean nothing now, such as while certificates are exchanged.
	Frozen bool
	// Held is there when the Canary holds the rollout of one Deployment.
	Held *Held
	// Pods are the names of the pods of both versions that serve.
	Pods PodNames
	// StableRevisions are those of the serving pods of the stable version, in order.
	StableRevisions []string
	// Names of pods by address, as far as they are there.
	Names map[string]string
	// Templates are the sources of the Mesh, and Readings the answers to earlier questions of Measure, of any step.
	Templates []v1alpha1.MetricTemplate
	Readings  []Reading
	// Answers of webhooks to earlier questions, of any step.
	Answers []Answer
	Now     time.Time
}

// Serving counts pods that may get traffic now.
type Serving struct {
	// Stable and Canary count the pods that the run's selectors select; without a run, those of the spec. Canary counts
	// pods of the pinned revision only; while no revision is pinned, of Input.Revision.
	Stable, Canary int
	// NextStable counts the pods that spec.workloads.stable selects. It matters when that differs from the run's.
	NextStable int
}

// Batch holds outcomes of requests to both versions in the same time.
type Batch struct {
	// Canary has pods of the pinned revision only.
	Stable, Canary Arm
	// Dropped is the number of requests of either version that could not be counted.
	Dropped uint64
	// Duration that the outcomes were counted in; below a second it is one.
	Duration time.Duration
}

// Arm is one version.
type Arm struct {
	// Pods by address. The empty address stands for requests that reached no pod.
	Pods map[string]PodCounts
}

// PodCounts are the outcomes of requests to one pod.
type PodCounts struct {
	Requests, Errors int64
	// LeastErrorSeconds and MostErrorSeconds are bounds of the number of distinct seconds that had an error: several
	// callers count on their own, and their seconds may be the same ones.
	LeastErrorSeconds, MostErrorSeconds int64
	// Reasons counts errors by outcome, such as 5xx or reset-during.
	Reasons map[string]int64
	// Slow counts requests by the durations that they are compared with.
	Slow map[time.Duration]SlowCounts
}

// SlowCounts are the requests that were compared with a duration, and those that took longer. LeastSeconds and
// MostSeconds are bounds of the number of distinct seconds in which one of these ended.
type SlowCounts struct{ Requests, Slow, LeastSeconds, MostSeconds int64 }

// Decision is what is to be stored and said.
type Decision struct {
	Status v1alpha1.CanaryStatus
	Events []Event
	// Measure has the numbers that are to be read, each of them once in a while as long as it is here.
	Measure []Measure
	// Took are the IDs of the readings that the status has taken in. Counters count from them on.
	Took []string
	// Ask has the webhooks that are to be asked, each of them once in a while as long as it is here.
	Ask []Question
	// RequeueAfter is when time alone can change something; 0: never.
	RequeueAfter time.Duration
}

// Event is to be published after the status was stored.
type Event struct {
	// Type is Normal or Warning.
	Type, Reason, Message string
}

// Question is what a webhook is asked. Its fields are the body of the call.
type Question struct {
	// ID is the same when the question is asked again.
	ID        string `json:"id"`
	Webhook   string `json:"webhook"`
	Namespace string `json:"namespace"`
	Canary    string `json:"canary"`
	Service   string `json:"service"`
	Revision  string `json:"revision"`
	// Weight is the present one in percent, Next the one that the answer is about.
	Weight int32 `json:"weight"`
	Next   int32 `json:"next"`

	Sequence int64         `json:"-"` // of the position that it was asked in
	URL      string        `json:"-"`
	Timeout  time.Duration `json:"-"`
}

// Answer is what became of a question.
type Answer struct {
	// Webhook is its name, Sequence that of the question.
	Webhook  string
	Sequence int64
	Open     bool
	// Message says how the webhook answered, or why it did not.
	Message string
}
