package eprocess

import (
	"math"
	"testing"
)

// The mixture boundaries of Howard, Ramdas, McAuliffe and Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence
// sequences", with the vectors of the confseq library: s is a sum of deviations, v its variance, alpha 0.05, and the
// mixtures are at their best where v is 100.
const (
	boundaryAlpha = 0.05
	bestAt        = 100.0
)

func bestRho(v, alpha float64) float64 {
	return v / (2*math.Log(1/alpha) + math.Log(1+2*math.Log(1/alpha)))
}

func normalTwoSided(s, v, rho float64) float64 {
	return math.Log(rho/(v+rho))/2 + s*s/(2*(v+rho))
}

func normalOneSided(s, v, rho float64) float64 {
	return math.Log(4*rho/(v+rho))/2 + s*s/(2*(v+rho)) + math.Log(normalBelow(s/math.Sqrt(v+rho)))
}

// betaBinomial is for deviations of at most g below and h above the mean; x is h/(g+h) one-sided and 1 two-sided.
func betaBinomial(s, v, rho, g, h, x float64) float64 {
	r := max(rho-g*h, 1e-3*g*h)
	return v/(g*h)*math.Log(g+h) - (v+h*s)/(h*(g+h))*math.Log(g) - (v-g*s)/(g*(g+h))*math.Log(h) +
		math.Log(betaBelow((r+v-g*s)/(g*(g+h)), (r+v+h*s)/(h*(g+h)), x)) -
		math.Log(betaBelow(r/(g*(g+h)), r/(h*(g+h)), x))
}

func gammaExponential(s, v, rho, c float64) float64 {
	a, b, y := rho/(c*c), (v+rho)/(c*c), (c*s+v+rho)/(c*c)
	least, _ := gammaParts(a, a)
	most, _ := gammaParts(b, y)
	return a*math.Log(a) - logGamma(a) - math.Log(least) + logGamma(b) + math.Log(most) - b*math.Log(y) + (c*s+v)/(c*c)
}

func gammaPoisson(s, v, rho, c float64) float64 {
	a, b, y := rho/(c*c), (v+rho)/(c*c), (c*s+v+rho)/(c*c)
	_, least := gammaParts(a, a)
	_, most := gammaParts(y, b)
	return a*math.Log(a) - logGamma(a) - math.Log(least) + logGamma(y) + math.Log(most) - y*math.Log(b) + v/(c*c)
}

func polyStitching(v, least, c float64) float64 {
	const s, eta, zeta = 1.4, 2.0, 3.105547
	u := max(v, least)
	l := s*math.Log(math.Log(eta*u/least)) + math.Log(zeta/(boundaryAlpha*math.Pow(math.Log(eta), s)))
	k1, k2 := (math.Pow(eta, .25)+math.Pow(eta, -.25))/math.Sqrt2, (math.Sqrt(eta)+1)/2
	return math.Sqrt(k1*k1*u*l+k2*c*l*k2*c*l) + k2*c*l
}

func boundOf(logM func(s float64) float64) float64 {
	return root(0.001, 100, func(s float64) float64 { return logM(s) - math.Log(1/boundaryAlpha) })
}

func TestMixtureBoundaries(t *testing.T) {
	two, one := bestRho(bestAt, boundaryAlpha), bestRho(bestAt, 2*boundaryAlpha)
	within(t, "best rho, two-sided", two, 12.60056, 1e-5)
	within(t, "best rho, one-sided", one, 15.80063, 1e-5)
	const g, h, c, v = .2, .8, 2.0, 100.0
	for _, b := range []struct {
		name         string
		logM         func(s float64) float64
		atTen, bound float64
	}{
		{"normal, two-sided", func(s float64) float64 { return normalTwoSided(s, v, two) }, -0.6510052, 30.35209},
		{"normal, one-sided", func(s float64) float64 { return normalOneSided(s, v, one) }, -0.06502391, 27.66071},
		{"beta-binomial, two-sided", func(s float64) float64 { return betaBinomial(s, v, two, g, h, 1) }, -0.6941012, 31.4308},
		{"beta-binomial, one-sided", func(s float64) float64 { return betaBinomial(s, v, one, g, h, h/(g+h)) }, -0.07134019, 28.41238},
		{"gamma-exponential", func(s float64) float64 { return gammaExponential(s, v, one, c) }, -0.2490165, 33.02017},
		{"gamma-Poisson", func(s float64) float64 { return gammaPoisson(s, v, one, c) }, -0.06991219, 30.1949},
	} {
		within(t, b.name+", log M", b.logM(10), b.atTen, 2e-6)
		within(t, b.name+", bound", boundOf(b.logM), b.bound, 2e-5)
	}
	within(t, "poly-stitching, c=3", polyStitching(100, 10, 3), 64.48755, 2e-5)
	within(t, "poly-stitching, c=-1", polyStitching(100, 10, -1), 28.99389, 2e-5)
}

// The confidence sequence of a probability keeps each p that the two-sided beta-binomial mixture does not refuse.
func TestBernoulliConfidenceSequence(t *testing.T) {
	for _, c := range []struct{ successes, trials, best, low, high float64 }{
		{700, 1000, 100, .651629, .745949},
		{15, 50, 50, .129556, .511896},
		{5, 50, 50, .013021, .269264},
		{1, 50, 50, 0, .13489},
		{100, 200, 1, .328923, .671076},
	} {
		excess := func(p float64) float64 {
			rho := bestRho(c.best*p*(1-p), boundaryAlpha)
			s, v := c.successes-c.trials*p, c.trials*p*(1-p)
			return betaBinomial(s, v, rho, p, 1-p, 1) - math.Log(1/boundaryAlpha)
		}
		middle := c.successes / c.trials
		low := root(1e-9, middle, func(p float64) float64 { return -excess(p) })
		if excess(1e-9) < 0 {
			low = 0
		}
		within(t, "low end", low, c.low, 2e-6)
		within(t, "high end", root(middle, 1-1e-9, excess), c.high, 2e-6)
	}
}

// bandConstant is the C of an empirical distribution's band: the smallest whose false alarm is alpha.
func bandConstant(a, alpha float64) float64 {
	return root(1, 30, func(c float64) float64 {
		least := math.Inf(1)
		for eta := 1.0001; eta < 2*a*a; eta += .0001 {
			gamma := math.Sqrt(2/eta) * (a - math.Sqrt(2*(eta-1)/c))
			if gamma > 1 {
				least = min(least, 4*math.Exp(-gamma*gamma*c)*(1+1/((gamma*gamma-1)*math.Log(eta))))
			}
		}
		return alpha - least
	})
}

// A band around the whole distribution is far too wide for a tail at a canary's volume: 8 percentage points after 1,000
// requests. So latency is tested at edges.
func TestDistributionBand(t *testing.T) {
	const a = .85
	c := bandConstant(a, .05)
	within(t, "C at 0.05", c, 8.1227, 1e-3)
	within(t, "C at 0.01", bandConstant(a, .01), 9.2835, 1e-3)
	for n, want := range map[float64][2]float64{1e3: {.08205, .08657}, 1e4: {.02667, .02771}, 1e5: {.00858, .00885}} {
		within(t, "radius", a*math.Sqrt((math.Log(1+math.Log(n/100))+c)/n), want[0], 1e-5)
		closed := .85 * math.Sqrt((math.Log(math.Log(math.E*n))+.8*math.Log(1612/.05))/n)
		within(t, "closed form", closed, want[1], 1e-5)
	}
	within(t, "radius after 1,000", a*math.Sqrt((math.Log(1+math.Log(10))+c)/1000), 0.08204779, 1e-6)
}
