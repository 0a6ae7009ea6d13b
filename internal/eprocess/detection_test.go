package eprocess

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// published is a row of the tables of this test: canary requests until harm is found, in the median and in 95 % of the
// runs. A bad event is an error, or an answer above an edge.
type published struct {
	stream
	alpha        float64
	median, most float64
}

func (p published) String() string {
	return fmt.Sprintf("from=%g%%/to=%g%%/share=%g%%/ratio=%g/alpha=%g", 100*p.baseline, 100*p.canaryErr, 100*p.share, p.r0, p.alpha)
}

// detection has both tables: errors against 0.1 %, and answers above an edge against 1 %.
var detection = []published{
	{stream{.05, 1, .002, .001}, .01, 14892, 41359}, {stream{.05, 1, .002, .001}, .001, 23655, 50441},
	{stream{.5, 1, .002, .001}, .01, 30614, 78493}, {stream{.5, 1, .002, .001}, .001, 47138, 100421},
	{stream{.05, 1, .005, .001}, .01, 1410, 3956}, {stream{.05, 1, .005, .001}, .001, 2124, 5087},
	{stream{.5, 1, .005, .001}, .01, 3118, 7992}, {stream{.5, 1, .005, .001}, .001, 4864, 10291},
	{stream{.05, 1, .01, .001}, .01, 405, 1224}, {stream{.05, 1, .01, .001}, .001, 596, 1491},
	{stream{.1, 1, .01, .001}, .01, 435, 1317}, {stream{.1, 1, .01, .001}, .001, 682, 1601},
	{stream{.5, 1, .01, .001}, .01, 1024, 2523}, {stream{.5, 1, .01, .001}, .001, 1623, 3359},
	{stream{.05, 1, .05, .001}, .01, 55, 138}, {stream{.05, 1, .05, .001}, .001, 75, 173},
	{stream{.5, 1, .05, .001}, .01, 161, 315}, {stream{.5, 1, .05, .001}, .001, 241, 418},
	{stream{.05, 1.5, .005, .001}, .01, 2353, 6360}, {stream{.05, 1.5, .005, .001}, .001, 3523, 8040},
	{stream{.05, 1.5, .01, .001}, .01, 570, 1616}, {stream{.05, 1.5, .01, .001}, .001, 867, 2106},
	{stream{.5, 1.5, .01, .001}, .01, 1621, 3939}, {stream{.5, 1.5, .01, .001}, .001, 2517, 5371},
	{stream{.05, 1.5, .05, .001}, .01, 58, 160}, {stream{.05, 1.5, .05, .001}, .001, 81, 197},

	{stream{.05, 1, .02, .01}, .01, 1613, 4114}, {stream{.05, 1, .02, .01}, .001, 2296, 5132},
	{stream{.5, 1, .02, .01}, .01, 3278, 7730}, {stream{.5, 1, .02, .01}, .001, 4828, 10424},
	{stream{.05, 1, .03, .01}, .01, 445, 1167}, {stream{.05, 1, .03, .01}, .001, 649, 1457},
	{stream{.5, 1, .03, .01}, .01, 948, 2385}, {stream{.5, 1, .03, .01}, .001, 1490, 3023},
	{stream{.05, 1, .05, .01}, .01, 141, 412}, {stream{.05, 1, .05, .01}, .001, 214, 496},
	{stream{.5, 1, .05, .01}, .01, 306, 830}, {stream{.5, 1, .05, .01}, .001, 495, 1067},
	{stream{.05, 1, .1, .01}, .01, 39, 117}, {stream{.05, 1, .1, .01}, .001, 58, 154},
	{stream{.5, 1, .1, .01}, .01, 104, 252}, {stream{.5, 1, .1, .01}, .001, 166, 344},
	{stream{.05, 1.25, .02, .01}, .01, 3440, 7731}, {stream{.05, 1.25, .02, .01}, .001, 5066, 10100},
	{stream{.5, 1.25, .02, .01}, .01, 7959, 17899}, {stream{.5, 1.25, .02, .01}, .001, 10971, 22375},
	{stream{.05, 1.25, .03, .01}, .01, 680, 1778}, {stream{.05, 1.25, .03, .01}, .001, 1020, 2244},
	{stream{.5, 1.25, .03, .01}, .01, 1626, 4034}, {stream{.5, 1.25, .03, .01}, .001, 2437, 5046},
	{stream{.05, 1.25, .05, .01}, .01, 182, 516}, {stream{.05, 1.25, .05, .01}, .001, 284, 615},
	{stream{.5, 1.25, .05, .01}, .01, 428, 1132}, {stream{.5, 1.25, .05, .01}, .001, 709, 1472},
}

// quantiles of the canary's requests until harm is found.
func (s stream) quantiles(runs int, alpha float64) (median, most float64) {
	all := make([]float64, runs)
	for run := range all {
		all[run] = s.requests(uint64(run), alpha, 1e6)
	}
	slices.Sort(all)
	return all[runs/2], all[runs*95/100]
}

func TestRequestsToDetection(t *testing.T) {
	const runs = 500
	for _, c := range detection {
		if c.canaryErr < 3*c.baseline {
			continue // long runs; `make bench` has them
		}
		median, most := c.quantiles(runs, c.alpha)
		if math.Abs(median-c.median) > 0.15*c.median || math.Abs(most-c.most) > 0.25*c.most {
			t.Errorf("%s: median %.0f and 95 %% %.0f, want %.0f and %.0f", c, median, most, c.median, c.most)
		}
	}
}

// Each row reports what was simulated and what was published.
func BenchmarkDetection(b *testing.B) {
	for _, c := range detection {
		b.Run(c.String(), func(b *testing.B) {
			for b.Loop() {
				median, most := c.quantiles(1000, c.alpha)
				b.ReportMetric(median, "median")
				b.ReportMetric(c.median, "median-published")
				b.ReportMetric(most, "p95")
				b.ReportMetric(c.most, "p95-published")
			}
		})
	}
}
