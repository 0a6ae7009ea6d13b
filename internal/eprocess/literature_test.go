package eprocess

import (
	"math"
	"testing"
)

// Tests of the literature that the product does not use. They answer the same question in other ways, and their
// published numbers check the arithmetic that tests here have in common.

// dirichlet is the logarithm of the Dirichlet-multinomial and of the multinomial probability of counts.
func dirichlet(counts, prior, null []float64) (mixture, plain float64) {
	n, sum := 0.0, 0.0
	for i, c := range counts {
		n, sum = n+c, sum+prior[i]
		mixture += logGamma(prior[i]+c) - logGamma(prior[i]) - logFactorial(c)
		plain += c*math.Log(null[i]) - logFactorial(c)
	}
	return mixture + logGamma(sum) - logGamma(sum+n) + logFactorial(n), plain + logFactorial(n)
}

func logGamma(x float64) float64 {
	l, _ := math.Lgamma(x)
	return l
}

// The check of a split's shares, with the vectors of the ssrm library.
func TestSampleRatio(t *testing.T) {
	null, prior := []float64{.4, .4, .2}, []float64{1, 1, 1}
	mixture, plain := 0.0, 0.0
	for i, counts := range [][]float64{{20, 17, 9}, {18, 21, 8}, {4, 6, 4}, {18, 19, 11}} {
		m, p := dirichlet(counts, prior, null)
		mixture, plain = mixture+m, plain+p
		for k, c := range counts {
			prior[k] += c
		}
		want := [][3]float64{
			{-7.028201432, -4.077640647, -2.950561}, {-11.947847738, -8.265946861, -3.681901},
			{-15.471401950, -11.610743520, -3.860658}, {-19.964845211, -15.781031229, -4.183814},
		}[i]
		within(t, "log M1", mixture, want[0], 1e-8)
		within(t, "log M0", plain, want[1], 1e-8)
		within(t, "log E", mixture-plain, want[2], 1e-6)
	}
}

// The plug-in test of two proportions, one request of each arm in a block.
func TestTwoByTwoPlugIn(t *testing.T) {
	a, b := "1111110111", "0010100000"
	want := []float64{1, 3.011246, 0.848616, 2.286948, 1.570525, 4.184512, 0.662492, 1.595495, 4.110689, 11.150295}
	e, goodA, goodB := 1.0, 0.0, 0.0
	chance := func(one byte, p float64) float64 {
		if one == '1' {
			return p
		}
		return 1 - p
	}
	for i := range a {
		tried := float64(i) + .36
		pa, pb := (goodA+.18)/tried, (goodB+.18)/tried
		both := (pa + pb) / 2
		e *= chance(a[i], pa) * chance(b[i], pb) / (chance(a[i], both) * chance(b[i], both))
		near(t, e, want[i])
		goodA, goodB = goodA+float64(a[i]-'0'), goodB+float64(b[i]-'0')
	}
}

// maxSPRT is the false alarm of a test that knows the baseline: counts are Poisson with a mean that grows to horizon, and
// the likelihood ratio may reach the critical value at any time, from least events on.
func maxSPRT(critical, horizon float64, least int) float64 {
	ratio := func(events, mean float64) float64 { return events*math.Log(events/mean) - (events - mean) }
	before := func(events int) float64 { // the mean below which that many events reject
		low, high := 0.0, float64(events)
		for range 60 {
			if middle := (low + high) / 2; ratio(float64(events), middle) > critical {
				low = middle
			} else {
				high = middle
			}
		}
		return low
	}
	alive, mean := []float64{1}, 0.0 // alive[n] is the probability of n events so far without a rejection
	for events := least; ; events++ {
		next := min(horizon, before(events))
		// While mean is below next, the count of events rejects: what has fewer survives.
		alive, mean = later(alive, next-mean, events), next
		if next >= horizon {
			survived := 0.0
			for _, p := range alive {
				survived += p
			}
			return 1 - survived
		}
	}
}

// later adds Poisson events with a mean to each count and drops what reaches the limit.
func later(alive []float64, mean float64, limit int) []float64 {
	out := make([]float64, limit)
	for n, p := range alive {
		term := p * math.Exp(-mean)
		for k := n; k < limit; k++ {
			out[k] += term
			term *= mean / float64(k-n+1)
		}
	}
	return out
}

func TestMaxSPRTCriticalValues(t *testing.T) {
	for _, c := range []struct {
		horizon  float64
		least    int
		critical map[float64]float64
	}{
		{1, 1, map[float64]float64{.05: 2.853937, .01: 4.670428, .001: 7.172614}},
		{2, 1, map[float64]float64{.05: 3.046977, .01: 4.862223, .001: 7.341453}},
		{3, 1, map[float64]float64{.05: 3.162106, .01: 4.971792, .001: 7.445736}},
		{5, 1, map[float64]float64{.05: 3.297183, .01: 5.091907, .001: 7.569312}},
		{10, 1, map[float64]float64{.05: 3.467952, .01: 5.260513, .001: 7.724863}},
		{20, 1, map[float64]float64{.05: 3.628123, .01: 5.414770, .001: 7.877573}},
		{50, 1, map[float64]float64{.05: 3.819903, .01: 5.605972}},
		{100, 1, map[float64]float64{.05: 3.952321, .01: 5.738974}},
		{10, 4, map[float64]float64{.05: 2.921561}},
		{20, 4, map[float64]float64{.05: 3.176370}},
	} {
		for alpha, want := range c.critical {
			low, high := 1.0, 12.0
			for range 40 {
				if middle := (low + high) / 2; maxSPRT(middle, c.horizon, c.least) > alpha {
					low = middle
				} else {
					high = middle
				}
			}
			within(t, "critical value", low, want, 2e-6)
		}
	}
}

func within(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > tolerance {
		t.Errorf("%s = %.9g, want %.9g", what, got, want)
	}
}
