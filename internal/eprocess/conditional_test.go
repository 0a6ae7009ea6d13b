package eprocess

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// tables are batches with what the exact test makes of each: the factor for odds of 2 against 1 and against 1.5, for 5
// and for 10, and the probability of the split when both arms are equal.
var tables = []struct {
	batch     Batch
	against1  [3]float64 // odds 2, 5, 10
	against15 [3]float64
	equal     float64
}{
	{Batch{Arm{100, 3}, Arm{900, 1}}, [3]float64{5.466547, 32.682246, 77.669912}, [3]float64{1.968536, 11.769069, 27.969392}, 0.00351376},
	{Batch{Arm{100, 0}, Arm{900, 4}}, [3]float64{0.683318, 0.261458, 0.07767}, [3]float64{0.830476, 0.317765, 0.094397}, 0.65566167},
	{Batch{Arm{100, 1}, Arm{900, 9}}, [3]float64{0.773666, 0.178639, 0.017858}, [3]float64{0.839376, 0.193811, 0.019375}, 0.38936893},
	{Batch{Arm{500, 5}, Arm{500, 1}}, [3]float64{2.814021, 4.315454, 3.649239}, [3]float64{1.412766, 2.166553, 1.832083}, 0.09327937},
}

func TestExactFactors(t *testing.T) {
	for _, c := range tables {
		l := conditional(c.batch)
		for i, odds := range []float64{2, 5, 10} {
			near(t, math.Exp(l(odds)-l(1)), c.against1[i])
			near(t, math.Exp(l(odds)-l(1.5)), c.against15[i])
		}
		on, off := float64(c.batch.Canary.Errors), float64(c.batch.Baseline.Errors)
		ways := logChoose(float64(c.batch.Canary.Requests), on) + logChoose(float64(c.batch.Baseline.Requests), off)
		if got := math.Exp(ways + l(1)); math.Abs(got-c.equal) > 1e-8 {
			t.Errorf("%+v: probability %v, want %v", c.batch, got, c.equal)
		}
	}
}

func TestExactEvidenceAfterEachBatch(t *testing.T) {
	for ratio, want := range map[float64][]float64{
		1:   {65.150082, 3.78402, 0.982897, 3.281919},
		1.5: {26.092898, 1.563722, 0.373312, 0.691963},
	} {
		test := New(Setup{Ratio: ratio, Exact: true})
		for i, c := range tables {
			test = test.Add(c.batch)
			near(t, math.Exp(test.LogE()), want[i])
		}
	}
}

// The factors of the mixture over shares are close to the exact ones while events are rare, and lower where they are not.
func TestMixtureFactorsBesideExactOnes(t *testing.T) {
	for i, want := range map[int][3]float64{
		0: {5.464108, 32.538526, 76.733604},
		2: {0.771087, 0.172858, 0.01631},
	} {
		l := mixtureOf(tables[i].batch)
		for k, ratio := range []float64{2, 5, 10} {
			near(t, math.Exp(l(ratio)-l(1)), want[k])
		}
	}
}

// The sum over all splits of the same margins is that of a direct computation, also where all events or none can be on
// one arm.
func TestExactProbabilitiesSumToOne(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := margins{
			canary:   float64(rapid.IntRange(1, 300).Draw(r, "canary")),
			baseline: float64(rapid.IntRange(1, 300).Draw(r, "baseline")),
		}
		m.events = float64(rapid.IntRange(1, int(m.canary+m.baseline)).Draw(r, "events"))
		odds := rapid.Float64Range(0.01, 100).Draw(r, "odds")
		sum := 0.0
		for j := m.least(); j <= m.most(); j++ {
			sum += math.Exp(logChoose(m.canary, j) + logChoose(m.baseline, m.events-j) + j*math.Log(odds) - m.logSum(odds))
		}
		if math.Abs(sum-1) > 1e-9 {
			r.Fatalf("%+v, odds %v: the sum is %v", m, odds, sum)
		}
	})
}

func TestLargeBatchesAreQuick(t *testing.T) {
	got := New(Setup{Ratio: 1, Exact: true}).Add(Batch{Arm{50_000_000, 30_000_000}, Arm{50_000_000, 29_990_000}}).LogE()
	if math.IsNaN(got) || got > 5 {
		t.Errorf("log E = %v for nearly equal arms", got)
	}
}
