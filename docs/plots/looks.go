package main

import (
	"math"
	"math/rand/v2"

	"github.com/weft-mesh/weft/docs/plots/curve"
	"github.com/weft-mesh/weft/internal/eprocess"
)

// looks is how often equal versions have been told apart after so many looks: by an ordinary test at 5 % that is made anew
// at each look, and by the evidence that weft keeps, also at 5 %.
func looks() curve.Chart {
	const runs, most, each, rate = 2000, 100, 1000, 0.005
	ordinary, kept := make([]float64, most), make([]float64, most)
	for run := range runs {
		random := rand.New(rand.NewPCG(uint64(run), 1))
		test := eprocess.New(eprocess.Setup{Ratio: 1})
		var all eprocess.Batch
		var differs, harms bool
		for look := range most {
			b := eprocess.Batch{Canary: draw(random, each, rate), Baseline: draw(random, each, rate)}
			test = test.Add(b)
			all.Canary.Errors, all.Baseline.Errors = all.Canary.Errors+b.Canary.Errors, all.Baseline.Errors+b.Baseline.Errors
			harms = harms || test.LogE() >= math.Log(20)
			differs = differs || distance(all) >= 1.96
			ordinary[look] += part(differs, runs)
			kept[look] += part(harms, runs)
		}
	}
	return curve.Chart{Title: "Equal versions that were told apart, tests at 5 %", X: "looks, each at 1,000 requests more", Y: "part of the releases",
		Series: []curve.Series{byLook("ordinary test", ordinary), byLook("weft", kept)}}
}

// draw counts the errors of some requests.
func draw(random *rand.Rand, requests int64, rate float64) eprocess.Arm {
	a := eprocess.Arm{Requests: requests}
	for at := random.ExpFloat64() / rate; at < float64(requests); at += random.ExpFloat64() / rate {
		a.Errors++
	}
	return a
}

// distance of two counts in standard deviations.
func distance(b eprocess.Batch) float64 {
	sum := float64(b.Canary.Errors + b.Baseline.Errors)
	if sum == 0 {
		return 0
	}
	return math.Abs(float64(b.Canary.Errors-b.Baseline.Errors)) / math.Sqrt(sum)
}

func part(is bool, of float64) float64 {
	if is {
		return 1 / of
	}
	return 0
}

// byLook leaves out what never happened, which has no place on a logarithmic axis.
func byLook(name string, values []float64) curve.Series {
	s := curve.Series{Name: name}
	for _, look := range []int{1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100} {
		if v := values[look-1]; v > 0 {
			s.Points = append(s.Points, curve.Point{X: float64(look), Y: v})
		}
	}
	return s
}
