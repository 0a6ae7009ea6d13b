package eprocess

import "math"

// negligible is the part of a sum that a term must be below for the rest to be left out. Terms fall faster than a
// geometric series.
const negligible = 1e-18

// conditional gives the logarithm of the probability that Errors of the canary are as many as they are, given the
// requests of both arms and the sum of their events, by the ratio of odds: Fisher's noncentral hypergeometric
// distribution, but for a constant.
func conditional(b Batch) func(odds float64) float64 {
	m := margins{
		canary:   float64(b.Canary.Requests),
		baseline: float64(b.Baseline.Requests),
		events:   float64(b.Canary.Errors + b.Baseline.Errors),
	}
	on := float64(b.Canary.Errors)
	return func(odds float64) float64 { return on*math.Log(odds) - m.logSum(odds) }
}

// margins are what is taken as known. All are whole numbers.
type margins struct{ canary, baseline, events float64 }

func (m margins) least() float64 { return max(0, m.events-m.baseline) }
func (m margins) most() float64  { return min(m.events, m.canary) }

// logSum is the logarithm of the sum over j of C(canary, j) C(baseline, events-j) odds^j.
func (m margins) logSum(odds float64) float64 {
	mode := m.mode(odds)
	sum, term := 1.0, 1.0
	for j := mode; j < m.most() && term > negligible*sum; j++ {
		term *= m.growth(j, odds)
		sum += term
	}
	term = 1.0
	for j := mode; j > m.least() && term > negligible*sum; j-- {
		term /= m.growth(j-1, odds)
		sum += term
	}
	return logChoose(m.canary, mode) + logChoose(m.baseline, m.events-mode) + mode*math.Log(odds) + math.Log(sum)
}

// growth is the term of j+1 divided by that of j. It falls with j.
func (m margins) growth(j, odds float64) float64 {
	return odds * (m.canary - j) * (m.events - j) / ((j + 1) * (m.baseline - m.events + j + 1))
}

// mode is the j of the largest term.
func (m margins) mode(odds float64) float64 {
	low, high := m.least(), m.most()
	for low < high {
		middle := math.Floor((low + high) / 2)
		if m.growth(middle, odds) > 1 {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

func logChoose(n, k float64) float64 { return logFactorial(n) - logFactorial(k) - logFactorial(n-k) }

func logFactorial(n float64) float64 {
	l, _ := math.Lgamma(n + 1)
	return l
}
