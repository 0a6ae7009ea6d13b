package eprocess

import (
	"testing"

	"pgregory.net/rapid"
)

func drawSetup(r *rapid.T) Setup {
	return Setup{
		Ratio:   rapid.Float64Range(1, 3).Draw(r, "ratio"),
		Safety:  rapid.Bool().Draw(r, "safety"),
		Exact:   rapid.Bool().Draw(r, "exact"),
		Cluster: rapid.SampledFrom([]float64{1, 2, 3.5}).Draw(r, "cluster"),
	}
}

func TestTextKeepsEveryBit(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := drawSetup(r)
		test := New(s)
		for _, b := range rapid.SliceOfN(rapid.Custom(drawBatch), 0, 20).Draw(r, "batches") {
			test = test.Add(b)
		}
		again, err := Parse(s, test.Text())
		if err != nil || again != test {
			r.Fatalf("%v became %v: %v", test, again, err)
		}
	})
}

func TestParseRefusesWhatIsNotAState(t *testing.T) {
	harm, safety := Setup{Ratio: 1}, Setup{Ratio: 2, Safety: true}
	good := New(harm).Text()
	for _, bad := range []string{"NaN", "+Inf", "", "1,5"} {
		text := append([]string{bad}, good[1:]...)
		if _, err := Parse(harm, text); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
	if _, err := Parse(harm, good[1:]); err == nil {
		t.Error("a state without its first factor was read")
	}
	if _, err := Parse(harm, New(safety).Text()); err == nil {
		t.Error("a state of another kind of test was read")
	}
	if _, err := Parse(harm, good); err != nil {
		t.Error(err)
	}
}
