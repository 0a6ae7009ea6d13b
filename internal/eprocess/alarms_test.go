package eprocess

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// seconds simulates both arms in batches of a second, with events that need not be rare, and says in how many runs one of
// the tests alarms, or their mean if there are several.
type seconds struct {
	perSecond        int
	share            float64
	length           int
	canary, baseline []float64 // rates by edge
}

func (s seconds) alarms(runs int, setup Setup, alpha float64) int {
	alarms := 0
	for run := range runs {
		random := rand.New(rand.NewPCG(uint64(run), 17))
		tests := make([]Test, len(s.canary))
		for i := range tests {
			tests[i] = New(setup)
		}
		logs := make([]float64, len(tests))
		for range s.length {
			for i, b := range s.second(random) {
				tests[i] = tests[i].Add(b)
				logs[i] = tests[i].LogE()
			}
			if LogMean(logs...) >= -math.Log(alpha) {
				alarms++
				break
			}
		}
	}
	return alarms
}

// second draws a batch for each edge. A request above one edge is above the lower ones, too.
func (s seconds) second(random *rand.Rand) []Batch {
	out := make([]Batch, len(s.canary))
	for range s.perSecond {
		onCanary, took := random.Float64() < s.share, random.Float64()
		for i := range out {
			arm, rate := &out[i].Baseline, s.baseline[i]
			if onCanary {
				arm, rate = &out[i].Canary, s.canary[i]
			}
			arm.Requests++
			if took < rate {
				arm.Errors++
			}
		}
	}
	return out
}

// same versions, as seen through one edge or several.
var same = map[string]seconds{
	"exact/rate=1%":              {200, .05, 600, []float64{.01}, []float64{.01}},
	"exact/rate=30%":             {200, .5, 300, []float64{.3}, []float64{.3}},
	"exact/edges=10%,5%,1%,mean": {200, .1, 600, []float64{.1, .05, .01}, []float64{.1, .05, .01}},
}

func TestFalseAlarmsOfSlowRequests(t *testing.T) {
	const runs, alpha = 100, 0.05
	for name, s := range same {
		if got := s.alarms(runs, Setup{Ratio: 1, Exact: true}, alpha); got > atMost(runs, alpha) {
			t.Errorf("%s: %d of %d runs alarm", name, got, runs)
		}
	}
	worse := seconds{200, .1, 600, []float64{.2, .05, .01}, []float64{.1, .05, .01}}
	if got := worse.alarms(runs, Setup{Ratio: 1, Exact: true}, alpha); got < runs*9/10 {
		t.Errorf("twice as many above one of three edges: %d of %d runs found it", got, runs)
	}
}

// The exact test of frequent events finds harm that the mixture over shares hardly sees.
func TestExactIsSharperWhereEventsAreFrequent(t *testing.T) {
	s := seconds{100, .5, 60, []float64{.44}, []float64{.3}}
	exact, mixture := s.alarms(100, Setup{Ratio: 1, Exact: true}, .01), s.alarms(100, Setup{Ratio: 1}, .01)
	if exact < 90 || mixture > exact {
		t.Errorf("of 100 runs the exact test found %d, the mixture %d", exact, mixture)
	}
}

// A version at the margin is let pass in at most alpha of the runs, and an equal one in most.
func TestFalsePassesStayBelowAlpha(t *testing.T) {
	const runs, alpha = 150, 0.05
	safety := Setup{Ratio: 3, Safety: true}
	atMargin := seconds{200, .1, 600, []float64{.03}, []float64{.01}}
	if got := atMargin.alarms(runs, safety, alpha); got > atMost(runs, alpha) {
		t.Errorf("at the margin %d of %d runs pass", got, runs)
	}
	equal := seconds{200, .1, 600, []float64{.01}, []float64{.01}}
	if got := equal.alarms(runs, safety, alpha); got < runs*9/10 {
		t.Errorf("only %d of %d equal versions pass", got, runs)
	}
}

// Each figure is the part of the runs that alarm. None may be above alpha, but for clusters without a divisor, which show
// why there is one.
func BenchmarkFalseAlarms(b *testing.B) {
	rate := func(name string, runs int, count func(runs int) int) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.ReportMetric(float64(count(runs))/float64(runs), "alarms/run")
			}
		})
	}
	for _, alpha := range []float64{.05, .01} {
		for _, s := range []stream{{.1, 1, .001, .001}, {.5, 1, .001, .001}, {.1, 1.5, .0015, .001}, {.5, 1.5, .0015, .001}, {.1, 1.5, .001, .001}} {
			name := fmt.Sprintf("mixture/from=%g%%/to=%g%%/share=%g%%/ratio=%g", 100*s.baseline, 100*s.canaryErr, 100*s.share, s.r0)
			rate(label(name, alpha), 3000, func(runs int) int { return falseAlarms(runs, s, alpha) })
		}
		for _, name := range slices.Sorted(maps.Keys(same)) {
			s := same[name]
			rate(label(name, alpha), 500, func(runs int) int { return s.alarms(runs, Setup{Ratio: 1, Exact: true}, alpha) })
		}
		atMargin := seconds{200, .1, 600, []float64{.03}, []float64{.01}}
		rate(label("safety/at-margin", alpha), 500, func(runs int) int {
			return atMargin.alarms(runs, Setup{Ratio: 3, Safety: true}, alpha)
		})
		for _, divisor := range []float64{1, 5} {
			rate(label(fmt.Sprintf("clusters=5/divided-by=%g", divisor), alpha), 3000, func(runs int) int { return clusters(runs, 5, .5, divisor, alpha) })
		}
	}
}

func label(name string, alpha float64) string { return fmt.Sprintf("%s/alpha=%g", name, alpha) }
