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
	// Revision is that of the newest pod of spec.workloads.canary behind the Service; empty: there is none.
	Revision string
	Serving  Serving
	// CanaryPods is the number of pods of the canary workload, serving or not.
	CanaryPods int
	// Acks of the stamp (UID of the Canary, status.position.sequence) by the live proxies that depend on it.
	Acks v1alpha1.Acknowledgement
	// Decidable is false while a replica has not reported yet. Then only a rollback may happen.
	Decidable bool
	// Batch holds the outcomes since the last decision that was stored, each of them once.
	Batch Batch
	// Frozen says that outcomes mean nothing now, such as while certificates are exchanged.
	Frozen bool
	Now    time.Time
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
}

// Decision is what is to be stored and said.
type Decision struct {
	Status v1alpha1.CanaryStatus
	Events []Event
	// RequeueAfter is when time alone can change something; 0: never.
	RequeueAfter time.Duration
}

// Event is to be published after the status was stored.
type Event struct {
	// Type is Normal or Warning.
	Type, Reason, Message string
}
