package eprocess

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// perError gives a batch with one error and exactly the given share per mille.
func perError(mille int64, onCanary bool) Batch {
	b := Batch{Canary: Arm{Requests: mille}, Baseline: Arm{Requests: 1000 - mille}}
	if onCanary {
		b.Canary.Errors = 1
	} else {
		b.Baseline.Errors = 1
	}
	return b
}

func TestEvidenceAfterEachError(t *testing.T) {
	for _, c := range []struct {
		mille    int64
		r0       float64
		sequence string
		want     []float64
	}{
		{100, 1, "ccbccc", []float64{5.103893, 32.324524, 10.510896, 63.607351, 427.445788, 3058.603858}},
		{100, 1.5, "ccbccc", []float64{4.09984, 19.717881, 5.722768, 25.422326, 124.299857, 645.792378}},
		{50, 1, "cccc", []float64{7.450822, 77.646031, 939.80045, 12222.992368}},
		{500, 1, "cccccccccccc", []float64{1.713375, 2.999932, 5.34606, 9.663129, 17.665596, 32.589706, 60.562396,
			113.213388, 212.667733, 401.102303, 759.063073, 1440.617626}},
	} {
		test := New(Setup{Ratio: c.r0})
		for i, arm := range c.sequence {
			test = test.Add(perError(c.mille, arm == 'c'))
			near(t, math.Exp(test.LogE()), c.want[i])
		}
	}
}

func TestEvidenceAfterEachBatch(t *testing.T) {
	test := New(Setup{Ratio: 1})
	for _, c := range []struct {
		batch Batch
		want  float64
	}{
		{Batch{Arm{100, 3}, Arm{900, 1}}, 63.607351},
		{Batch{Arm{100, 0}, Arm{900, 4}}, 3.730732},
		{Batch{Arm{100, 1}, Arm{900, 9}}, 0.96585},
		{Batch{Arm{500, 5}, Arm{500, 1}}, 3.201522},
	} {
		test = test.Add(c.batch)
		near(t, math.Exp(test.LogE()), c.want)
	}
}

func near(t *testing.T, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 2e-6*max(1, want) {
		t.Errorf("E = %v, want %v", got, want)
	}
}

func TestOneArmSaysNothing(t *testing.T) {
	for _, b := range []Batch{
		{},
		{Canary: Arm{100, 100}},
		{Baseline: Arm{100, 100}},
		{Arm{100, 0}, Arm{100, 0}},
	} {
		for _, s := range []Setup{{Ratio: 1}, {Ratio: 1, Exact: true}, {Ratio: 2, Safety: true}} {
			if got := New(s).Add(b).LogE(); math.Abs(got) > 1e-12 {
				t.Errorf("%+v, %+v: log E = %v, want 0", b, s, got)
			}
		}
	}
}

func drawBatch(r *rapid.T) Batch {
	arm := rapid.Custom(func(r *rapid.T) Arm {
		n := rapid.Int64Range(0, 10000).Draw(r, "requests")
		return Arm{n, rapid.Int64Range(0, n).Draw(r, "errors")}
	})
	return Batch{arm.Draw(r, "canary"), arm.Draw(r, "baseline")}
}

func TestErrorsOfTheCanaryRaiseAndOfTheBaselineLowerEvidence(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		test, b := New(Setup{Ratio: 1.5}), drawBatch(r)
		b.Canary.Requests, b.Baseline.Requests = b.Canary.Requests+1, b.Baseline.Requests+1
		with := func(canary, baseline int64) float64 {
			more := b
			more.Canary.Errors += canary
			more.Baseline.Errors += baseline
			return test.Add(more).LogE()
		}
		if with(1, 0) <= with(0, 0) || with(0, 1) >= with(0, 0) {
			r.Fatalf("%+v: %v, with a canary error %v, with a baseline error %v", b, with(0, 0), with(1, 0), with(0, 1))
		}
	})
}
