package policy

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/stage"
)

// Input is all that a decision is made from.
type Input struct {
	// Policy is as it is stored; its status is what the outputs follow now. It isn't changed.
	Policy *v1alpha1.Policy
	// Conflict says why the spec can't be honoured; empty: it can. ConflictReason is a CamelCase word for it.
	Conflict, ConflictReason string
	// NetworkWritten says that the stored NetworkPolicies are those of the stored status, in its sequence. Where a mesh
	// makes none, it is true.
	NetworkWritten bool
	// Acks counts the proxies that have applied the stored sequence among those that carry the stamp of the Policy.
	Acks v1alpha1.Acknowledgement
	// Decidable is false while a live replica has not reported, or has not yet got the stored sequence: it could still
	// give an older state to a proxy.
	Decidable bool
	// Workloads that the spec selects, and Services that it limits, by name.
	Workloads, Services []string
	Now                 time.Time
}

// Decision is what to store. RemoveFinalizer says that nothing of a deleted Policy is in force any more.
type Decision struct {
	Status          v1alpha1.PolicyStatus
	RemoveFinalizer bool
	Events          []Event
}

// Event tells people of something new. Type is Normal or Warning.
type Event struct{ Type, Reason, Message string }

// Next takes at most one step. Without news it returns the stored status. A spec that can't be honoured leaves in force
// what is, and a change that the proxies have begun to apply goes on to its end.
func Next(in Input) Decision {
	stored := in.Policy.Status
	status := *stored.DeepCopy()
	change := changeOf(in.Policy)
	if change.deletes() && untouched(stored) {
		return Decision{Status: status, RemoveFinalizer: true}
	}
	refused := refusal(in, change)
	if refused != nil {
		change = started(stored)
	}
	if change.name != "" {
		position := stage.Advance(stored.Position, change.name, steps(in), in.Now)
		if begins(stored.Position, position) {
			enter(&status, position.Step, change)
		}
		status.Position = &position
	}
	done := refused == nil && stage.Finished(stored.Position, change.name, steps(in)) && in.NetworkWritten
	status.Proxies = proxies(in, status)
	status.ObservedGeneration = in.Policy.Generation
	status.Workloads, status.Services = firstSorted(in.Workloads), firstSorted(in.Services)
	status.Conditions = conditions(in, status, refused, done)
	return Decision{
		Status:          status,
		RemoveFinalizer: done && change.deletes(),
		Events:          events(stored, status),
	}
}

func untouched(s v1alpha1.PolicyStatus) bool {
	return s.Position == nil && s.Envoy == nil && s.Limits == nil && s.Network == nil
}

func begins(stored *v1alpha1.Position, next v1alpha1.Position) bool {
	return stored == nil || stored.Sequence != next.Sequence
}

// proxies counts for the sequence of the status. A new sequence has been acknowledged by nobody, and while a replica
// is silent the last count stands.
func proxies(in Input, status v1alpha1.PolicyStatus) *v1alpha1.Acknowledgement {
	stored := in.Policy.Status
	switch {
	case status.Position == nil:
		return nil
	case begins(stored.Position, *status.Position):
		return &v1alpha1.Acknowledgement{Total: in.Acks.Total}
	case !in.Decidable && stored.Proxies != nil:
		return status.Proxies
	}
	return in.Acks.DeepCopy()
}

// firstSorted is limited as the schema says.
func firstSorted(names []string) []string {
	const most = 100
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	return names[:min(len(names), most)]
}

func isTrue(status v1alpha1.PolicyStatus, kind string) bool {
	return meta.IsStatusConditionTrue(status.Conditions, kind)
}
