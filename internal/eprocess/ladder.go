package eprocess

import "math"

// A rung is a ratio: Ratio times 2^(k/2). A test of harm mixes the twelve above Ratio, one of safety the eight below. The
// rungs beyond serve Excluded, which asks the same of other ratios than Ratio.
const (
	above = 12
	below = 8
	reach = 6
	rungs = above + reach
)

var (
	harmLadder   = between(1, above+reach)
	safetyLadder = append(between(-below, -1), between(1, reach)...)
)

func between(first, last int) []int {
	var out []int
	for k := first; k <= last; k++ {
		out = append(out, k)
	}
	return out
}

func (s Setup) ladder() []int {
	if s.Safety {
		return safetyLadder
	}
	return harmLadder
}

// powers are 2^(k/2) from the lowest rung on.
var powers = func() (out [below + rungs + 1]float64) {
	for i := range out {
		out[i] = math.Exp2(float64(i-below) / 2)
	}
	return out
}()

func (t Test) ratio(k int) float64 { return t.setup.Ratio * powers[k+below] }

// at is the logarithm of the likelihood at a rung. Rung 0 is Ratio.
func (t Test) at(k int) float64 {
	switch {
	case k == 0:
		return 0
	case !t.setup.Safety:
		return t.logs[k-1]
	case k < 0:
		return t.logs[k+below]
	}
	return t.logs[k+below-1]
}

// logAt is the logarithm of E for a statement about the ratio at a rung from 0 to reach.
func (t Test) logAt(rung int) float64 {
	first, last := rung+1, rung+above
	if t.setup.Safety {
		first, last = rung-below, rung-1
	}
	var logs [above]float64
	n := 0
	for k := first; k <= last; k++ {
		logs[n] = t.at(k) - t.at(rung)
		n++
	}
	return LogMean(logs[:n]...)
}

// Excluded is what the evidence says of r with the error alpha. For harm it is the largest ratio that r is above; for
// safety the smallest that it is below. Ratios are looked at from Ratio on, in six steps of the square root of 2. False:
// not even Ratio is excluded, or for safety none of them.
func (t Test) Excluded(alpha float64) (ratio float64, found bool) {
	for rung := range reach + 1 {
		if t.logAt(rung) < -math.Log(alpha) {
			continue
		}
		ratio, found = t.ratio(rung), true
		if t.setup.Safety {
			break
		}
	}
	return ratio, found
}
