package main

import (
	"github.com/weft-mesh/weft/docs/plots/curve"
	"github.com/weft-mesh/weft/internal/rollout/releasetest"
)

// besideChecks is the time until most of the releases of a bad version are rolled back: by weft, and by threshold checks.
// Where less than half of them are, there is no point.
func besideChecks() curve.Chart {
	const runs = 60
	c := curve.Chart{Title: "Seconds until rollback, 200 requests a second, 0.1 % errors before", X: "errors of the new version, %", Y: "seconds, median"}
	for i, rule := range []releasetest.Rule{releasetest.Weft, releasetest.Checks} {
		s := curve.Series{Name: []string{"weft", "checks at 99 %"}[i]}
		for _, rate := range []float64{.005, .007, .01, .02, .05, .1, .3} {
			endings := rule.Runs(releasetest.Short(.001, rate, 200), runs)
			if seconds, _ := releasetest.Middle(endings); 2*releasetest.Harmed(endings, "ErrorRate") >= runs {
				s.Points = append(s.Points, curve.Point{X: 100 * rate, Y: float64(seconds)})
			}
		}
		c.Series = append(c.Series, s)
	}
	return c
}
