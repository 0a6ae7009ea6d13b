package eprocess

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestSafetyAfterEachError(t *testing.T) {
	for _, c := range []struct {
		mille    int64
		margin   float64
		sequence string
		want     []float64
	}{
		{100, 2, "bbbbbcbbbb", []float64{1.152088, 1.329714, 1.537406, 1.78052, 2.065396, 0.56175, 0.63417, 0.717321, 0.812937, 0.923048}},
		{500, 3, "bbbbbb", []float64{2.395165, 6.228976, 17.219479, 49.712081, 147.974286, 450.223578}},
	} {
		test := New(Setup{Ratio: c.margin, Safety: true})
		for i, arm := range c.sequence {
			test = test.Add(perError(c.mille, arm == 'c'))
			near(t, math.Exp(test.LogE()), c.want[i])
		}
	}
}

// What Excluded says of a ratio is what a test of that very ratio says.
func TestExcludedIsWhatOtherTestsFind(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := drawSetup(r)
		batches := rapid.SliceOfN(rapid.Custom(drawBatch), 0, 4).Draw(r, "batches")
		alpha := rapid.SampledFrom([]float64{0.001, 0.05, 0.5}).Draw(r, "alpha")
		finds := func(rung int) bool {
			other := s
			other.Ratio *= math.Exp2(float64(rung) / 2)
			logE := evidence(other, batches).LogE()
			if math.Abs(logE+math.Log(alpha)) < 1e-6 {
				r.SkipNow() // on the edge rounding decides
			}
			return logE >= -math.Log(alpha)
		}
		want, found := 0.0, false
		for rung := range reach + 1 {
			if finds(rung) && (!s.Safety || !found) {
				want, found = s.Ratio*math.Exp2(float64(rung)/2), true
			}
		}
		got, excluded := evidence(s, batches).Excluded(alpha)
		if excluded != found || math.Abs(got-want) > 1e-9*want {
			r.Fatalf("excluded %v %v, want %v %v", got, excluded, want, found)
		}
	})
}

// Evidence of harm falls with the ratio that is tolerated, and that of safety rises with the margin: so one need not
// correct for asking about several.
func TestEvidenceIsMonotoneInTheRatio(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := drawSetup(r)
		s.Exact = false
		test := evidence(s, rapid.SliceOfN(rapid.Custom(drawBatch), 1, 4).Draw(r, "batches"))
		crossed := false
		for rung := range reach + 1 {
			i := rung
			if !s.Safety {
				i = reach - rung
			}
			if now := test.logAt(i) > 3; crossed && !now {
				r.Fatalf("rung %d is not excluded, and one before it is", i)
			} else if now {
				crossed = true
			}
		}
	})
}

func evidence(s Setup, batches []Batch) Test {
	test := New(s)
	for _, b := range batches {
		test = test.Add(b)
	}
	return test
}
