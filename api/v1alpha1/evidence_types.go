package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Evidence is what a run has shown so far. It survives restarts bit for bit.
type Evidence struct {
	// Run is the revision that the evidence is about.
	Run string `json:"run"`
	// Tests are the states of the statistical tests, one for each metric.
	// +optional
	// +kubebuilder:validation:MaxItems=32
	// +listType=map
	// +listMapKey=metric
	Tests []TestState `json:"tests,omitempty"`
	// Counts since the run began.
	Canary Counts `json:"canary"`
	Stable Counts `json:"stable"`
	// Step counts since the current step was acknowledged.
	StepCanary Counts `json:"stepCanary"`
	StepStable Counts `json:"stepStable"`
	// StepDropped is the number of requests since then whose outcome could not be counted.
	// +optional
	StepDropped int64 `json:"stepDropped,omitempty"`
}

// Test finds the state of a metric's test; nil: there is none.
func (e *Evidence) Test(metric string) *TestState {
	if e == nil {
		return nil
	}
	for i := range e.Tests {
		if e.Tests[i].Metric == metric {
			return &e.Tests[i]
		}
	}
	return nil
}

// Names of metrics: failed requests; with a duration behind it, requests that took longer; with a name behind it, counts of
// another system.
const (
	MetricErrors  = "errors"
	MetricLatency = "latency"
	MetricCounts  = "counts"
)

// TestState is the state of the tests of one metric.
type TestState struct {
	// Metric is what both versions are compared by, such as errors or latency 250ms.
	Metric string `json:"metric"`
	// Canary and Stable are what the test of harm has counted since the run began.
	Canary Tested `json:"canary"`
	Stable Tested `json:"stable"`
	// LogFactors of the test of harm since the run began, and SafetyLogFactors of the test that rules harm out since the
	// step was acknowledged: logarithms, one for each point of a grid of ratios, as decimal numbers that give the same
	// binary64 when read again.
	// +optional
	// +kubebuilder:validation:MaxItems=32
	// +listType=atomic
	LogFactors []string `json:"logFactors,omitempty"`
	// +optional
	// +kubebuilder:validation:MaxItems=32
	// +listType=atomic
	SafetyLogFactors []string `json:"safetyLogFactors,omitempty"`
	// Held are requests that the tests have not taken yet, since one version had none in the same time.
	// +optional
	Held *HeldCounts `json:"held,omitempty"`
	// Pods of the new version with at least one bad event, the first of them, and how many bad events each has had.
	// +optional
	// +kubebuilder:validation:MaxItems=10
	// +listType=set
	Pods []string `json:"pods,omitempty"`
	// +optional
	PodEvents map[string]int64 `json:"podEvents,omitempty"`
}

// HeldCounts are requests and their bad events, as the test of harm counts them, and the bad events as the test counts
// them that rules harm out.
type HeldCounts struct {
	Canary       Tested `json:"canary"`
	Stable       Tested `json:"stable"`
	SafetyCanary int64  `json:"safetyCanary,omitempty"`
	SafetyStable int64  `json:"safetyStable,omitempty"`
}

// Tested counts the requests that a test has taken, and the bad events among them. Events that come in clusters count
// once, so there may be fewer than happened.
type Tested struct {
	Requests int64 `json:"requests"`
	Events   int64 `json:"events"`
}

// Counts of requests by outcome.
type Counts struct {
	Requests int64 `json:"requests"`
	Errors   int64 `json:"errors"`
	// Reasons counts errors by what went wrong.
	// +optional
	Reasons map[string]int64 `json:"reasons,omitempty"`
}

// VerdictResult is what the judge found.
type VerdictResult string

// Verdicts of the judge.
const (
	VerdictPass         VerdictResult = "Pass"
	VerdictFail         VerdictResult = "Fail"
	VerdictInconclusive VerdictResult = "Inconclusive"
)

// Verdict is a finding of the judge with its numbers.
type Verdict struct {
	Result VerdictResult `json:"result"`
	// Reason is a word for programs, Message a sentence for people.
	Reason  string      `json:"reason"`
	Message string      `json:"message"`
	Time    metav1.Time `json:"time"`
	Weight  int32       `json:"weight"`
	Canary  Counts      `json:"canary"`
	Stable  Counts      `json:"stable"`
	// E is the evidence against "no harm" of the metric that is nearest to its threshold; harm is found when E reaches
	// Threshold.
	E         string `json:"e"`
	Threshold string `json:"threshold"`
	// Revision that was judged, and Sequence of the position that it was judged in.
	// +optional
	Revision string `json:"revision,omitempty"`
	// +optional
	Sequence int64 `json:"sequence,omitempty"`
	// Metrics are the numbers of each metric.
	// +optional
	// +kubebuilder:validation:MaxItems=32
	// +listType=map
	// +listMapKey=metric
	Metrics []MetricVerdict `json:"metrics,omitempty"`
}

// MetricVerdict is what one metric says.
type MetricVerdict struct {
	Metric string `json:"metric"`
	// Canary and Stable are what the test has counted.
	Canary Tested `json:"canary"`
	Stable Tested `json:"stable"`
	// E is the evidence against "no harm"; harm is found when it reaches Threshold. Durations of latency share one: the
	// mean of their E must reach it.
	E         string `json:"e"`
	Threshold string `json:"threshold"`
	// AtLeast says that the new version's rate is more than this many times the stable one's. Empty: that is not shown
	// of any ratio that counts.
	// +optional
	AtLeast string `json:"atLeast,omitempty"`
	// ExcludedAbove says that the new version's rate in this step is less than this many times the stable one's. Empty:
	// that is not shown of any ratio that was looked at.
	// +optional
	ExcludedAbove string `json:"excludedAbove,omitempty"`
}
