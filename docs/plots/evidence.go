package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/weft-mesh/weft/docs/plots/curve"
	"github.com/weft-mesh/weft/internal/eprocess"
)

// evidence is how E goes in one release of each kind, at 200 requests a second and 5 %.
func evidence() curve.Chart {
	c := curve.Chart{Title: "Evidence of harm, 0.1 % errors in the stable version", X: "seconds", Y: "E"}
	for i, rate := range []float64{.001, .005, .01, .05} {
		random := rand.New(rand.NewPCG(uint64(i), 5))
		test := eprocess.New(eprocess.Setup{Ratio: 1.5})
		s := curve.Series{Name: "new: " + percent(rate)}
		for second := 1; second <= 300; second++ {
			test = test.Add(eprocess.Batch{Canary: draw(random, 10, rate), Baseline: draw(random, 190, .001)})
			if e := math.Exp(test.LogE()); slices.Contains(seen, second) || e >= 100 {
				s.Points = append(s.Points, curve.Point{X: float64(second), Y: e})
				if e >= 100 {
					break
				}
			}
		}
		c.Series = append(c.Series, s)
	}
	c.Series = append(c.Series, curve.Series{Name: "back at 100", Points: []curve.Point{{X: 1, Y: 100}, {X: 300, Y: 100}}})
	return c
}

var seen = []int{1, 2, 4, 7, 10, 15, 20, 30, 40, 50, 60, 80, 100, 120, 150, 180, 210, 250, 300}

func percent(rate float64) string { return strconv.FormatFloat(100*rate, 'g', -1, 64) + " %" }

// requests is how many requests the new version gets until harm is found: the median of releases with 0.1 % errors in the
// stable version.
func requests() curve.Chart {
	c := curve.Chart{Title: "Requests to the new version until harm is found", X: "errors of the new version, %", Y: "requests, median"}
	for _, k := range []struct {
		name         string
		share, ratio float64
	}{{"5 %, ratio 1", .05, 1}, {"5 %, ratio 1.5", .05, 1.5}, {"50 %, ratio 1.5", .5, 1.5}} {
		s := curve.Series{Name: k.name}
		for _, rate := range []float64{.003, .005, .01, .02, .05, .1, .3} {
			s.Points = append(s.Points, curve.Point{X: 100 * rate, Y: untilHarm(k.share, k.ratio, .001, rate)})
		}
		c.Series = append(c.Series, s)
	}
	return c
}

func untilHarm(share, ratio, baseline, canary float64) float64 {
	const runs = 400
	all := make([]float64, runs)
	for run := range all {
		random, at := rand.New(rand.NewPCG(uint64(run), 42)), 0.0
		test, other := eprocess.New(eprocess.Setup{Ratio: ratio}), baseline*(1-share)/share
		for test.LogE() < math.Log(100) {
			at += random.ExpFloat64() / (canary + other)
			test = test.Add(single(share, random.Float64() < canary/(canary+other), 1))
		}
		all[run] = at
	}
	slices.Sort(all)
	return all[runs/2]
}

// single is a batch with some errors on one arm and nothing else that counts.
func single(share float64, onCanary bool, errors int64) eprocess.Batch {
	const requests = 1_000_000
	canary := int64(math.Round(requests * share))
	b := eprocess.Batch{Canary: eprocess.Arm{Requests: canary}, Baseline: eprocess.Arm{Requests: requests - canary}}
	if onCanary {
		b.Canary.Errors = errors
	} else {
		b.Baseline.Errors = errors
	}
	return b
}

// clusters is how often equal versions are rolled back when their errors come several at a time.
func clusters() curve.Chart {
	c := curve.Chart{Title: "Equal versions rolled back at alpha 0.01, 500 clusters of errors", X: "errors in a cluster", Y: "part of the releases"}
	for _, divided := range []bool{false, true} {
		s := curve.Series{Name: "clusterSize 1"}
		if divided {
			s.Name = "clusterSize as is"
		}
		for size := int64(1); size <= 8; size++ {
			divisor := 1.0
			if divided {
				divisor = float64(size)
			}
			if v := clustered(size, divisor); v > 0 {
				s.Points = append(s.Points, curve.Point{X: float64(size), Y: v})
			}
		}
		c.Series = append(c.Series, s)
	}
	return c
}

func clustered(size int64, divisor float64) float64 {
	const runs = 1000
	alarms := 0
	for run := range runs {
		random := rand.New(rand.NewPCG(uint64(run), 7))
		test := eprocess.New(eprocess.Setup{Ratio: 1, Cluster: divisor})
		for range 500 {
			if test = test.Add(single(.5, random.Float64() < .5, size)); test.LogE() >= math.Log(100) {
				alarms++
				break
			}
		}
	}
	return float64(alarms) / runs
}
