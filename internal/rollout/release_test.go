package rollout_test

import (
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/weft-mesh/weft/internal/rollout"
	"github.com/weft-mesh/weft/internal/rollout/releasetest"
)

// Scenario 13: false rollbacks of equal versions, at most what alpha allows. `make bench` has a thousand runs.
func TestEqualVersionsAreNotRolledBack(t *testing.T) {
	const runs, most = 25, 2 // more than 2 of 25 has a probability of 0.2 % at alpha 0.01
	endings := releasetest.Weft.Runs(releasetest.Equal(), runs)
	if n := releasetest.Harmed(endings, rollout.ReasonErrorRate); n > most {
		t.Errorf("%d of %d runs were rolled back for harm, at most %d may", n, runs, most)
	}
}

// Scenarios 14 and 15: harm is found in the time that the tables of the tests promise, plus one report. The promise is the
// time of 95 % of the runs, so 17 of 20 are asked for.
func TestHarmIsFoundInTime(t *testing.T) {
	const runs, enough = 60, 51
	for _, c := range []struct {
		reason, ratio string
		worse         releasetest.Habits
		seconds       int
	}{
		{rollout.ReasonErrorRate, "1", releasetest.Habits{Fails: 0.01, Slow: 0.01}, 123 + 1},
		{rollout.ReasonErrorRate, "1.5", releasetest.Habits{Fails: 0.01, Slow: 0.01}, 162 + 1},
		{rollout.ReasonLatency, "1", releasetest.Habits{Fails: 0.001, Slow: 0.05}, 42 + 1},
		{rollout.ReasonLatency, "1.25", releasetest.Habits{Fails: 0.001, Slow: 0.05}, 52 + 1},
	} {
		found := 0
		for _, e := range releasetest.Weft.Runs(releasetest.Harmful(c.ratio, c.worse, c.reason == rollout.ReasonLatency), runs) {
			if e.Harmed(c.reason) && e.Seconds <= c.seconds {
				found++
			}
		}
		if found < enough {
			t.Errorf("tolerated ratio %s, %s: %d of %d runs went back within %d s", c.ratio, c.reason, found, runs, c.seconds)
		}
	}
}

// TestFewRequestsAreJudged [D18]: with a request in a second, no report has requests of both versions. Harm must be found
// all the same, and equal versions must not be rolled back more often than alpha allows.
func TestFewRequestsAreJudged(t *testing.T) {
	const runs = 12
	found := func(canary float64) int {
		trial := releasetest.Trial{PerSecond: 1, Pods: 2, Stable: releasetest.Habits{Fails: .05}, Canary: releasetest.Habits{Fails: canary}}
		trial.Spec.Steps = releasetest.Steps(400, 20)
		return releasetest.Harmed(releasetest.Weft.Runs(trial, runs), rollout.ReasonErrorRate)
	}
	if harm, mistaken := found(.7), found(.05); harm < runs-1 || mistaken > 1 {
		t.Errorf("of %d runs harm was found in %d, and %d equal ones were rolled back", runs, harm, mistaken)
	}
}

// Beside threshold checks on the same faults: harm is found in a fraction of the time and of the failed requests, also
// where it stays below the threshold; and equal versions are not rolled back for being near it.
func TestBesideThresholdChecks(t *testing.T) {
	const runs = 20
	weft, checks := releasetest.Weft, releasetest.Checks
	found := func(r releasetest.Rule, t releasetest.Trial) int {
		return releasetest.Harmed(r.Runs(t, runs), rollout.ReasonErrorRate)
	}
	bad := releasetest.Short(.001, .05, 200)
	ours, failed := releasetest.Middle(weft.Runs(bad, runs))
	theirs, failedThere := releasetest.Middle(checks.Runs(bad, runs))
	if ours == 0 || theirs < 10*ours || failedThere < 5*failed {
		t.Errorf("5 %% errors: rolled back after %d s and %d failed requests, by checks after %d s and %d", ours, failed, theirs, failedThere)
	}
	subtle := releasetest.Short(.001, .005, 200)
	if here, there := found(weft, subtle), found(checks, subtle); here < runs/2 || there > 1 {
		t.Errorf("five times the errors, below the threshold: found in %d of %d runs, by checks in %d", here, runs, there)
	}
	for _, rate := range []float64{.001, .012} {
		if n := found(weft, releasetest.Short(rate, rate, 200)); n > 2 {
			t.Errorf("equal versions with %g errors: %d of %d runs were rolled back", rate, n, runs)
		}
	}
	if n := found(checks, releasetest.Short(.012, .012, 200)); n < runs*9/10 {
		t.Errorf("the replayed rule has rolled back only %d of %d runs of equal versions above its threshold", n, runs)
	}
}

// TestChosenEdgesKeepAlpha: with durations chosen in the run, equal versions are rolled back for latency in at most its half of
// the tolerated probability, looked at every second; a version that takes twice as long is found.
func TestChosenEdgesKeepAlpha(t *testing.T) {
	const runs, most = 100, 12 // more than 12 of 100 has a probability below 0.2 % at alpha 0.05
	found := func(times float64, runs int) int {
		trial := releasetest.Slower("1", times, 40, 50, 60)
		alarm := resource.MustParse("0.1")
		trial.Spec.Analysis.FalseAlarm = &alarm
		return releasetest.Harmed(releasetest.Weft.Runs(trial, runs), rollout.ReasonLatency)
	}
	if n := found(1, runs); n > most {
		t.Errorf("%d of %d equal versions were rolled back, at most %d may", n, runs, most)
	}
	if n := found(2, 10); n < 9 {
		t.Errorf("%d of 10 versions that take twice as long were found", n)
	}
}
