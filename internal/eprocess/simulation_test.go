package eprocess

import (
	"math"
	"math/rand/v2"
	"testing"
)

// stream is a simulated split with independent errors and a constant share.
type stream struct {
	share               float64
	r0                  float64
	canaryErr, baseline float64 // error rates
}

// requests simulates until E reaches 1/alpha or the canary has had limit requests. It returns the canary's requests.
func (s stream) requests(seed uint64, alpha, limit float64) float64 {
	random := rand.New(rand.NewPCG(seed, 42))
	canary := s.canaryErr
	baseline := s.baseline * (1 - s.share) / s.share // errors of the baseline per canary request
	test := New(Setup{Ratio: s.r0})
	mille := int64(math.Round(s.share * 1000))
	for at := 0.0; ; {
		at += random.ExpFloat64() / (canary + baseline)
		if at > limit {
			return limit
		}
		test = test.Add(perError(mille, random.Float64() < canary/(canary+baseline)))
		if test.LogE() >= -math.Log(alpha) {
			return at
		}
	}
}

// atMost says how many of n runs may alarm when the probability is p: more has a probability below 0.1 %.
func atMost(n int, p float64) int {
	probability, below := math.Pow(1-p, float64(n)), 0.0
	for k := 0; ; k++ {
		below += probability
		if below >= 0.999 {
			return k
		}
		probability *= float64(n-k) / float64(k+1) * p / (1 - p)
	}
}

func falseAlarms(runs int, s stream, alpha float64) int {
	const horizon = 50_000
	alarms := 0
	for run := range runs {
		if s.requests(uint64(run), alpha, horizon) < horizon {
			alarms++
		}
	}
	return alarms
}

func TestFalseAlarmsStayBelowAlpha(t *testing.T) {
	const runs, alpha = 300, 0.05
	limit := atMost(runs, alpha)
	for _, s := range []stream{
		{share: 0.05, r0: 1, canaryErr: 0.001, baseline: 0.001},
		{share: 0.5, r0: 1, canaryErr: 0.001, baseline: 0.001},
		{share: 0.1, r0: 1.5, canaryErr: 0.0015, baseline: 0.001},
	} {
		if alarms := falseAlarms(runs, s, alpha); alarms > limit {
			t.Errorf("%+v: %d of %d runs alarmed, at most %d may", s, alarms, runs, limit)
		}
	}
	harmful := stream{share: 0.5, r0: 1, canaryErr: 0.002, baseline: 0.001}
	if alarms := falseAlarms(runs, harmful, alpha); alarms <= limit {
		t.Errorf("only %d of %d runs found the harm", alarms, runs)
	}
}

func BenchmarkAdd(b *testing.B) {
	test, batch := New(Setup{Ratio: 1.5}), Batch{Arm{10, 1}, Arm{190, 1}}
	for b.Loop() {
		test = test.Add(batch)
	}
	_ = test.LogE()
}
