package eprocess

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Why not simply look again and again, or count failed checks: exact and simulated false alarms of both.

// atLeast is the probability of k or more of n.
func atLeast(n, k int, p float64) float64 {
	sum := 0.0
	for i := k; i <= n; i++ {
		sum += math.Exp(logChoose(float64(n), float64(i)) + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
	}
	return sum
}

// A check fails when fewer than 99 % of its requests succeed; five failed checks of ten roll back.
func TestThresholdChecks(t *testing.T) {
	for _, c := range []struct {
		rate           float64
		requests       int
		check, release float64
	}{
		{.005, 50, .222, .049}, // healthy
		{.008, 50, .331, .208}, // healthy, often rolled back
		{.008, 1000, .183, .023},
		{.012, 100, .338, .222}, // bad, mostly missed
		{.02, 20, .332, .211},   // bad, mostly missed
		{.02, 1000, .990, 1},
	} {
		check := atLeast(c.requests, c.requests/100+1, c.rate)
		within(t, "a check fails", check, c.check, 5e-4)
		within(t, "the release is rolled back", atLeast(10, 5, check), c.release, 5e-4)
	}
}

// zTest looks at a growing sum of normal values, and says how often one of the looks is beyond its bound.
func zTest(runs, looks int, bound func(look int) float64) float64 {
	alarms := 0
	for run := range runs {
		random := rand.New(rand.NewPCG(uint64(run), uint64(looks)))
		sum := 0.0
		for look := 1; look <= looks; look++ {
			sum += random.NormFloat64()
			if math.Abs(sum)/math.Sqrt(float64(look)) >= bound(look) {
				alarms++
				break
			}
		}
	}
	return float64(alarms) / float64(runs)
}

func TestLookingAgainAndAgain(t *testing.T) {
	const runs, tolerance = 20_000, .012
	for looks, want := range map[int]float64{2: .083, 3: .107, 5: .142, 10: .193, 20: .248, 50: .320, 100: .374} {
		within(t, "fixed bound", zTest(runs, looks, func(int) float64 { return 1.959964 }), want, tolerance)
	}
	for looks, bound := range map[int]float64{2: 2.178, 3: 2.289, 5: 2.413, 10: 2.555} {
		within(t, "Pocock", zTest(runs, looks, func(int) float64 { return bound }), .05, tolerance/2)
	}
	for looks, bound := range map[int]float64{5: 2.040, 10: 2.087} {
		obrien := func(look int) float64 { return bound * math.Sqrt(float64(looks)/float64(look)) }
		within(t, "O'Brien and Fleming", zTest(runs, looks, obrien), .05, tolerance/2)
	}
}

// The mean number of requests that a test with a known baseline needs at least.
func TestYardstick(t *testing.T) {
	for _, c := range []struct{ canary, baseline, divergence, at100, at1000 float64 }{
		{.01, .001, .014067, 327, 491},
		{.05, .001, .147823, 31, 47},
		{.005, .001, .004055, 1136, 1703},
		{.002, .001, .000387, 11906, 17859},
		{.02, .01, .003914, 1177, 1765},
		{.05, .01, .041291, 112, 167},
	} {
		d := c.canary*math.Log(c.canary/c.baseline) + (1-c.canary)*math.Log((1-c.canary)/(1-c.baseline))
		within(t, "divergence", d, c.divergence, 5e-7)
		within(t, "requests at alpha 0.01", math.Log(100)/d, c.at100, 1)
		within(t, "requests at alpha 0.001", math.Log(1000)/d, c.at1000, 1)
	}
}
