package eprocess

import "math"

// gammaParts are the regularised lower and upper incomplete gamma functions.
func gammaParts(a, x float64) (lower, upper float64) {
	front := math.Exp(a*math.Log(x) - x - logGamma(a))
	if x < a+1 {
		sum, term := 1/a, 1/a
		for n := a + 1; term > 1e-17*sum; n++ {
			term *= x / n
			sum += term
		}
		lower = front * sum
		return lower, 1 - lower
	}
	upper = front / fraction(x+1-a, func(n float64) (float64, float64) { return -n * (n - a), x + 2*n + 1 - a })
	return 1 - upper, upper
}

// betaBelow is the unregularised incomplete beta function.
func betaBelow(a, b, x float64) float64 {
	if x >= 1 {
		return math.Exp(logGamma(a) + logGamma(b) - logGamma(a+b))
	}
	if x > (a+1)/(a+b+2) {
		return betaBelow(a, b, 1) - betaBelow(b, a, 1-x)
	}
	terms := func(n float64) (float64, float64) {
		m := math.Floor(n / 2)
		if math.Mod(n, 2) == 0 {
			return m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m)), 1
		}
		return -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1)), 1
	}
	return math.Exp(a*math.Log(x)+b*math.Log1p(-x)) / (a * fraction(1, terms))
}

// fraction is first + a1/(b1 + a2/(b2 + ...)), by Lentz's method.
func fraction(first float64, terms func(n float64) (a, b float64)) float64 {
	value, c, d := first, first, 0.0
	for n := 1.0; n < 10_000; n++ {
		a, b := terms(n)
		d, c = 1/(b+a*d), b+a/c
		value *= c * d
		if math.Abs(c*d-1) < 1e-15 {
			break
		}
	}
	return value
}

func normalBelow(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

// root finds where a rising function reaches 0.
func root(low, high float64, f func(float64) float64) float64 {
	for range 200 {
		if middle := (low + high) / 2; f(middle) < 0 {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}
