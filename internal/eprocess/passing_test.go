package eprocess

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// passing has the table of how many canary requests an equal version needs to rule out harm above a margin, in the median
// and in 95 % of the runs.
var passing = []struct{ rate, margin, share, median, most float64 }{
	{.001, 1.5, .1, 43997, 126657}, {.001, 1.5, .5, 93923, 259942},
	{.001, 2, .1, 10835, 35280}, {.001, 2, .5, 26174, 87566},
	{.001, 3, .1, 3584, 11772}, {.001, 3, .5, 10982, 35390},
	{.001, 5, .1, 1553, 4614}, {.001, 5, .5, 5446, 16421},
	{.01, 1.5, .1, 4048, 12815}, {.01, 1.5, .5, 9079, 26378},
	{.01, 2, .1, 1189, 3623}, {.01, 2, .5, 2795, 8794},
	{.01, 3, .1, 399, 1186}, {.01, 3, .5, 1100, 3539},
}

func requestsToPass(runs int, rate, margin, share float64) (median, most float64) {
	mille, all := int64(math.Round(share*1000)), make([]float64, runs)
	for run := range all {
		random := rand.New(rand.NewPCG(uint64(run), 23))
		test, at := New(Setup{Ratio: margin, Safety: true}), 0.0
		for test.LogE() < -math.Log(.05) {
			at += random.ExpFloat64() / (rate / share)
			test = test.Add(perError(mille, random.Float64() < share))
		}
		all[run] = at
	}
	slices.Sort(all)
	return all[runs/2], all[runs*95/100]
}

func TestRequestsToPass(t *testing.T) {
	const runs = 300
	for _, c := range passing {
		if c.margin < 3 {
			continue // long runs; `make bench` has them
		}
		median, most := requestsToPass(runs, c.rate, c.margin, c.share)
		if math.Abs(median-c.median) > .3*c.median || math.Abs(most-c.most) > .4*c.most {
			t.Errorf("%+v: median %.0f and 95 %% %.0f", c, median, most)
		}
	}
}

func BenchmarkPass(b *testing.B) {
	for _, c := range passing {
		b.Run(fmt.Sprintf("rate=%g%%/margin=%g/share=%g%%", 100*c.rate, c.margin, 100*c.share), func(b *testing.B) {
			for b.Loop() {
				median, most := requestsToPass(500, c.rate, c.margin, c.share)
				b.ReportMetric(median, "median")
				b.ReportMetric(c.median, "median-published")
				b.ReportMetric(most, "p95")
				b.ReportMetric(c.most, "p95-published")
			}
		})
	}
}
