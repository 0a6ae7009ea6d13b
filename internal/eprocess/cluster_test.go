package eprocess

import (
	"math"
	"math/rand/v2"
	"testing"
)

// clusters simulates an equal canary whose errors come k at a time, and says in how many runs it is taken for harmful.
func clusters(runs, k int, share, divisor, alpha float64) int {
	alarms := 0
	mille := int64(math.Round(share * 1000))
	for run := range runs {
		random := rand.New(rand.NewPCG(uint64(run), uint64(k)))
		test := New(Setup{Ratio: 1, Cluster: divisor})
		for range 500 {
			b := perError(mille, random.Float64() < share)
			b.Canary.Errors, b.Baseline.Errors = b.Canary.Errors*int64(k), b.Baseline.Errors*int64(k)
			if test = test.Add(b); test.LogE() >= -math.Log(alpha) {
				alarms++
				break
			}
		}
	}
	return alarms
}

// The rates are those published for this test. Division by the size of a cluster keeps the promise; without it clusters
// of five break it.
func TestClustersOfErrors(t *testing.T) {
	const runs = 300
	for _, c := range []struct {
		k                     int
		share, divisor, alpha float64
		want                  float64
	}{
		{1, 0.05, 1, 0.01, .004}, {2, 0.05, 1, 0.01, .070}, {3, 0.05, 1, 0.01, .194}, {5, 0.05, 1, 0.01, .362},
		{2, 0.1, 1, 0.01, .084}, {5, 0.1, 1, 0.01, .354},
		{2, 0.5, 1, 0.01, .111}, {5, 0.5, 1, 0.01, .475},
		{5, 0.5, 5, 0.05, .035}, {5, 0.5, 5, 0.01, .008},
	} {
		got := float64(clusters(runs, c.k, c.share, c.divisor, c.alpha)) / runs
		if bound := 4 * math.Sqrt(c.want*(1-c.want)/runs); math.Abs(got-c.want) > bound+.002 {
			t.Errorf("%+v: %.3f of the runs alarm, want %.3f", c, got, c.want)
		}
	}
}

// A divisor of five makes five errors at a time count as one: exactly the evidence of single ones.
func TestDivisorUndoesClustersOfItsSize(t *testing.T) {
	single, clustered := New(Setup{Ratio: 1.5}), New(Setup{Ratio: 1.5, Cluster: 5})
	for _, onCanary := range []bool{true, true, false, true} {
		b := perError(100, onCanary)
		single = single.Add(b)
		b.Canary.Errors, b.Baseline.Errors = 5*b.Canary.Errors, 5*b.Baseline.Errors
		clustered = clustered.Add(b)
	}
	if a, b := single.LogE(), clustered.LogE(); math.Abs(a-b) > 1e-12 {
		t.Errorf("log E = %v for single errors, %v for clusters of five", a, b)
	}
}
