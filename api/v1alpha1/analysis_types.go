package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// CanaryAnalysis sets the judge. It compares the outcomes of requests to both versions in the same time.
type CanaryAnalysis struct {
	// FalseAlarm is the tolerated probability that a harmless version is rolled back, however long the run. Without it,
	// "0.01".
	// +optional
	FalseAlarm *resource.Quantity `json:"falseAlarm,omitempty"`
	// ToleratedRatio of the new version's error rate to the old one's; what is above it is harm. Without it, "1.5".
	// +optional
	ToleratedRatio *resource.Quantity `json:"toleratedRatio,omitempty"`
	// ClusterSize is how many errors usually come together, as retries or one bad node make them; it is seen when two
	// equal versions run. So many errors then count as one. Without it, 1.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	ClusterSize *int32 `json:"clusterSize,omitempty"`
	// MinPods is how many pods of the new version must have failed before it is rolled back for harm, where that many
	// serve. Without it, 2.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10
	MinPods *int32 `json:"minPods,omitempty"`
	// PassWhenExcluded ends a step before its duration, once the step has shown that the new version's rates are below
	// this many times those of the stable one, with an error of 0.05. The requests that the step asks for are needed all
	// the same. Without it, a step lasts as long as it says.
	// +optional
	PassWhenExcluded *resource.Quantity `json:"passWhenExcluded,omitempty"`

	// LatencyObjective is how long a request may take, with all of its answer. Both versions are compared by how many
	// took longer, and a caller that gave up after longer counts as an error. Without it, a caller counts that gave up
	// after 1 second.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1ms')",message="must be a duration of at least 1ms"
	LatencyObjective *metav1.Duration `json:"latencyObjective,omitempty"`
	// Latency has further durations that both versions are compared by.
	// +optional
	Latency *CanaryLatency `json:"latency,omitempty"`
	// Metrics are numbers that other systems measure, and the bounds that they must keep.
	// +optional
	// +kubebuilder:validation:MaxItems=10
	// +listType=map
	// +listMapKey=name
	Metrics []CanaryMetric `json:"metrics,omitempty"`
}

// CanaryLatency compares versions by how many requests took longer than some durations. A change of the durations
// counts from the next run on.
type CanaryLatency struct {
	// EdgesFrom says where the durations come from. Spec: edges and latencyObjective are all. Stable: two more are chosen
	// when a run begins, near what the slowest tenth and the slowest hundredth of the stable version's requests take. Without it,
	// Spec if the spec has a duration, else Stable.
	// +optional
	EdgesFrom EdgesFrom `json:"edgesFrom,omitempty"`
	// Edges are durations.
	// +optional
	// +kubebuilder:validation:MaxItems=4
	// +kubebuilder:validation:XValidation:rule="self.all(e, duration(e) >= duration('1ms'))",message="must be durations of at least 1ms"
	// +listType=atomic
	Edges []metav1.Duration `json:"edges,omitempty"`
	// ToleratedRatio of the odds that a request to the new version takes longer, to those of the stable version; what is
	// above it is harm. Without it, that of errors.
	// +optional
	// +kubebuilder:validation:XValidation:rule="type(self) == int ? self >= 1 : quantity(self).compareTo(quantity('1')) >= 0",message="must be at least 1"
	ToleratedRatio *resource.Quantity `json:"toleratedRatio,omitempty"`
	// WarmUp is the age below which a pod's requests do not count as slow or quick: caches are cold and connections new.
	// Its errors count. Without it, 30 seconds.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('0s')",message="must be a duration that is not negative"
	WarmUp *metav1.Duration `json:"warmUp,omitempty"`
}

// EdgesFrom is a source of durations.
//
// +kubebuilder:validation:Enum=Spec;Stable
type EdgesFrom string

// Sources of durations.
const (
	EdgesFromSpec   EdgesFrom = "Spec"
	EdgesFromStable EdgesFrom = "Stable"
)
