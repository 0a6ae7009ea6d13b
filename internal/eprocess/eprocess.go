// Package eprocess tests whether one arm of a traffic split has a higher error rate than the other, at any number of
// looks.
//
// In: batches of requests and errors of both arms. Out: E, the evidence against "the canary's error rate is at most R0
// times the baseline's". While that is true, the probability that E ever reaches 1/alpha is at most alpha, however
// often one looks (Ville's inequality). The test is the mixture of Lindon and Malek, "Anytime-valid inference for
// multinomial count data", NeurIPS 2022, over twelve alternatives. What is caught here: batches with one arm only, and
// stored states that are not a test's.
package eprocess

import (
	"fmt"
	"math"
	"strconv"
)

// Points is the number of alternatives in the mixture: R0 times 2^(k/2) for k = 1 to Points.
const Points = 12

// Test is the state of a test. It is a value: Add returns another one.
type Test struct {
	r0         float64
	logFactors [Points]float64
}

// Arm counts the requests of one version and its errors.
type Arm struct{ Requests, Errors int64 }

// Batch holds what both arms saw in the same time. The share of the canary is measured from it.
type Batch struct{ Canary, Baseline Arm }

// New begins a test with E = 1. R0 is the ratio of error rates that is still tolerated.
func New(r0 float64) Test { return Test{r0: r0} }

// Add takes a batch into account. A batch in which one arm had no requests says nothing.
//
// R0 may differ between the batches of one run: E is then evidence against the smallest of them.
func (t Test) Add(b Batch) Test {
	if b.Canary.Requests <= 0 || b.Baseline.Requests <= 0 {
		return t
	}
	share := float64(b.Canary.Requests) / float64(b.Canary.Requests+b.Baseline.Requests)
	null := onCanary(share, t.r0)
	for k := range t.logFactors {
		alternative := onCanary(share, t.ratio(k))
		if b.Canary.Errors > 0 {
			t.logFactors[k] += float64(b.Canary.Errors) * math.Log(alternative/null)
		}
		if b.Baseline.Errors > 0 {
			t.logFactors[k] += float64(b.Baseline.Errors) * math.Log((1-alternative)/(1-null))
		}
	}
	return t
}

// LogE is the natural logarithm of E.
func (t Test) LogE() float64 {
	largest := math.Inf(-1)
	for _, l := range t.logFactors {
		largest = max(largest, l)
	}
	sum := 0.0
	for _, l := range t.logFactors {
		sum += math.Exp(l-largest) / Points
	}
	return largest + math.Log(sum)
}

// Text is the state as decimal numbers that give the same binary64 when Parse reads them.
func (t Test) Text() []string {
	out := make([]string, Points)
	for k, l := range t.logFactors {
		out[k] = strconv.FormatFloat(l, 'g', -1, 64)
	}
	return out
}

// Parse reads a state that Text wrote. No text is a new test. Errors: another number of factors, or one that is not a
// finite number.
func Parse(r0 float64, text []string) (Test, error) {
	t := New(r0)
	if len(text) == 0 {
		return t, nil
	}
	if len(text) != Points {
		return t, fmt.Errorf("read log factors: %d instead of %d", len(text), Points)
	}
	for k, s := range text {
		l, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(l) || math.IsInf(l, 0) {
			return New(r0), fmt.Errorf("read log factor %d: %q is not a finite number", k, s)
		}
		t.logFactors[k] = l
	}
	return t, nil
}

func (t Test) ratio(k int) float64 { return t.r0 * math.Exp2(float64(k+1)/2) }

// onCanary is the probability that an error is on the canary, given the canary's share of requests and the ratio of
// error rates.
func onCanary(share, ratio float64) float64 { return share * ratio / (share*ratio + 1 - share) }
