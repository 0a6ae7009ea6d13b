package rollout_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/weft-mesh/weft/internal/rollout"
	"github.com/weft-mesh/weft/internal/rollout/releasetest"
)

// Scenario 13 in full: a thousand releases of equal versions with clustered errors.
func BenchmarkEqualVersions(b *testing.B) {
	for b.Loop() {
		endings := releasetest.Weft.Runs(releasetest.Equal(), 1000)
		b.ReportMetric(float64(releasetest.Harmed(endings, rollout.ReasonErrorRate)), "rolled-back-of-1000")
	}
}

// Seconds from the first step in force to the decision, at 200 requests a second and 5 %.
func BenchmarkSecondsToRollback(b *testing.B) {
	const runs = 200
	for _, c := range []struct {
		name, ratio string
		worse       releasetest.Habits
		latency     bool
	}{
		{"errors=0.1%,1%/ratio=1", "1", releasetest.Habits{Fails: .01, Slow: .01}, false},
		{"errors=0.1%,1%/ratio=1.5", "1.5", releasetest.Habits{Fails: .01, Slow: .01}, false},
		{"errors=0.1%,5%/ratio=1", "1", releasetest.Habits{Fails: .05, Slow: .01}, false},
		{"slow=1%,5%/ratio=1", "1", releasetest.Habits{Fails: .001, Slow: .05}, true},
		{"slow=1%,5%/ratio=1.25", "1.25", releasetest.Habits{Fails: .001, Slow: .05}, true},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				var all []int
				for _, e := range releasetest.Weft.Runs(releasetest.Harmful(c.ratio, c.worse, c.latency), runs) {
					all = append(all, e.Seconds)
				}
				slices.Sort(all)
				b.ReportMetric(float64(all[runs/2]), "median-s")
				b.ReportMetric(float64(all[runs*95/100]), "p95-s")
			}
		})
	}
}

// Durations chosen in the run, at 200 requests a second and 5 %: equal versions in the part that is rolled back, and slower
// ones in the seconds until they are. A request of the stable version takes 20 ms in the median.
func BenchmarkChosenEdges(b *testing.B) {
	const runs = 200
	for _, ratio := range []string{"1", "1.5"} {
		for _, times := range []float64{1, 1.25, 2} {
			b.Run(fmt.Sprintf("times=%g/ratio=%s", times, ratio), func(b *testing.B) {
				for b.Loop() {
					var found []int
					for _, e := range releasetest.Weft.Runs(releasetest.Slower(ratio, times, 200, 5, 600), runs) {
						if e.Harmed(rollout.ReasonLatency) {
							found = append(found, e.Seconds)
						}
					}
					b.ReportMetric(float64(len(found))/runs, "rolled-back")
					if len(found) > 0 {
						slices.Sort(found)
						b.ReportMetric(float64(found[len(found)/2]), "median-s")
					}
				}
			})
		}
	}
}

// The same faults for both rules: parts of the requests to the stable and to the new version that fail. Each row has the
// part of the runs that went back for harm, and of those the median of seconds and of failed requests.
func BenchmarkBesideChecks(b *testing.B) {
	const runs = 200
	for _, f := range []struct {
		stable, canary float64
		perSecond      int
	}{
		{.001, .2, 200}, {.001, .05, 200}, {.001, .01, 200}, {.001, .005, 200},
		{.001, .001, 200}, {.008, .008, 200}, {.005, .005, 20}, {.012, .012, 200},
	} {
		for i, rule := range []releasetest.Rule{releasetest.Weft, releasetest.Checks} {
			name := []string{"weft", "checks"}[i]
			b.Run(fmt.Sprintf("errors=%g%%,%g%%/rps=%d/%s", 100*f.stable, 100*f.canary, f.perSecond, name), func(b *testing.B) {
				for b.Loop() {
					all := rule.Runs(releasetest.Short(f.stable, f.canary, f.perSecond), runs)
					seconds, failed := releasetest.Middle(all)
					b.ReportMetric(float64(releasetest.Harmed(all, rollout.ReasonErrorRate))/runs, "rolled-back")
					b.ReportMetric(float64(seconds), "seconds")
					b.ReportMetric(float64(failed), "failed-requests")
				}
			})
		}
	}
}
