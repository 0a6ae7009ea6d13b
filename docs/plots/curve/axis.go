package curve

import (
	"math"
	"strconv"
)

// axis is a range of values, and where its ends are on the picture.
type axis struct{ least, most, from, to float64 }

// whole widens the range to powers of ten.
func (a axis) whole() axis {
	a.least, a.most = math.Pow(10, math.Floor(math.Log10(a.least))), math.Pow(10, math.Ceil(math.Log10(a.most)))
	if a.least == a.most {
		a.most *= 10
	}
	return a
}

func (a axis) at(v float64) float64 {
	part := (math.Log10(v) - math.Log10(a.least)) / (math.Log10(a.most) - math.Log10(a.least))
	return a.from + part*(a.to-a.from)
}

// ticks are the powers of ten.
func (a axis) ticks() []float64 {
	var out []float64
	for e := math.Round(math.Log10(a.least)); e <= math.Round(math.Log10(a.most)); e++ {
		out = append(out, math.Pow(10, e))
	}
	return out
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
