// Package eprocess tests whether one arm of a traffic split does something bad more often than the other, at any number
// of looks.
//
// In: batches of requests and of bad events of both arms, such as errors, or answers that took too long. Out: E, the
// evidence against a statement about r, the canary's rate divided by the baseline's. For harm the statement is "r is at
// most Ratio"; for safety it is "r is at least Ratio". While the statement is true, the probability that E ever reaches
// 1/alpha is at most alpha, however often one looks (Ville's inequality).
//
// Every test is a mixture over ratios that the statement excludes, after Lindon and Malek, "Anytime-valid inference for
// multinomial count data", NeurIPS 2022. What is caught here: batches with one arm only, and stored states that are not a
// test's. The tests of this package have further tests of the literature beside them, which the product does not need.
package eprocess

import "math"

// Setup is the question that a test asks and how it counts.
type Setup struct {
	// Ratio of rates that the statement is about.
	Ratio float64
	// Safety asks whether r is below Ratio; otherwise the question is whether it is above.
	Safety bool
	// Exact takes the number of requests of both arms as known, and Ratio as one of odds. It is for events that are not
	// rare. Otherwise only the share of the canary counts, and frequent events make the test weaker.
	Exact bool
	// Cluster is how many events come at a time, in clusters of at most that size. Below 1 it is 1.
	Cluster float64
}

// Test is the state of a test. It is a value: Add returns another one.
type Test struct {
	setup Setup
	logs  [rungs]float64 // of the likelihood at each rung, relative to that at Ratio
}

// Arm counts the requests of one version, and those of them with a bad event.
type Arm struct{ Requests, Errors int64 }

// Batch holds what both arms saw in the same time. The share of the canary is measured from it.
type Batch struct{ Canary, Baseline Arm }

// New begins a test with E = 1.
func New(s Setup) Test {
	s.Cluster = max(1, s.Cluster)
	return Test{setup: s}
}

// Add takes a batch into account. A batch in which one arm had no requests says nothing.
//
// Ratio may differ between the batches of one run: E is then evidence against the statement with the weakest of them.
func (t Test) Add(b Batch) Test {
	if b.Canary.Requests <= 0 || b.Baseline.Requests <= 0 || b.Canary.Errors+b.Baseline.Errors <= 0 {
		return t
	}
	likelihood := mixtureOf(b)
	if t.setup.Exact {
		likelihood = conditional(b)
	}
	null := likelihood(t.setup.Ratio)
	for i, k := range t.setup.ladder() {
		t.logs[i] += (likelihood(t.ratio(k)) - null) / t.setup.Cluster
	}
	return t
}

// mixtureOf gives the logarithm of the probability that the batch's events are on the arms where they are, by the ratio
// of rates, but for a constant.
func mixtureOf(b Batch) func(ratio float64) float64 {
	share := float64(b.Canary.Requests) / float64(b.Canary.Requests+b.Baseline.Requests)
	canary, all := float64(b.Canary.Errors), float64(b.Canary.Errors+b.Baseline.Errors)
	return func(ratio float64) float64 {
		return canary*math.Log(ratio) - all*math.Log(share*ratio+1-share)
	}
}

// LogE is the natural logarithm of E.
func (t Test) LogE() float64 { return t.logAt(0) }

// LogMean is the logarithm of the mean of several E, whose logarithms are given. It is evidence against all of their
// statements together.
func LogMean(logs ...float64) float64 {
	largest := math.Inf(-1)
	for _, l := range logs {
		largest = max(largest, l)
	}
	sum := 0.0
	for _, l := range logs {
		sum += math.Exp(l-largest) / float64(len(logs))
	}
	return largest + math.Log(sum)
}
