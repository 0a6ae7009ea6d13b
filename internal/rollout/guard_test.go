package rollout

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/weft-mesh/weft/internal/eprocess"
)

func pods(n int, each PodCounts) Arm {
	a := Arm{Pods: map[string]PodCounts{}}
	for i := range n {
		a.Pods[strconv.Itoa(i)] = each
	}
	return a
}

func TestErrorsOfOnePodInOneSecondAreOne(t *testing.T) {
	for _, c := range []struct {
		reason                 string
		stable, canary         Arm
		wantStable, wantCanary int64
	}{
		{"a burst on one pod of the canary is one error",
			pods(1, PodCounts{Requests: 100}), pods(1, PodCounts{Requests: 100, Errors: 50, LeastErrorSeconds: 1, MostErrorSeconds: 3}), 0, 1},
		{"the same on both",
			pods(1, PodCounts{Requests: 100, Errors: 50, LeastErrorSeconds: 1, MostErrorSeconds: 1}),
			pods(1, PodCounts{Requests: 100, Errors: 50, LeastErrorSeconds: 1, MostErrorSeconds: 1}), 1, 1},
		{"two pods, two errors",
			pods(1, PodCounts{Requests: 100}), pods(2, PodCounts{Requests: 100, Errors: 50, LeastErrorSeconds: 1, MostErrorSeconds: 1}), 0, 2},
		{"a stable pod with nineteen times the requests counts as nineteen pods",
			pods(1, PodCounts{Requests: 190, Errors: 50, LeastErrorSeconds: 1, MostErrorSeconds: 1}),
			pods(1, PodCounts{Requests: 10}), 19, 0},
		{"single errors stay what they are",
			pods(1, PodCounts{Requests: 190, Errors: 3, LeastErrorSeconds: 3, MostErrorSeconds: 3}),
			pods(1, PodCounts{Requests: 10, Errors: 2, LeastErrorSeconds: 2, MostErrorSeconds: 2}), 3, 2},
		{"a second that an earlier batch has counted is not counted again",
			pods(1, PodCounts{Requests: 10}), pods(1, PodCounts{Requests: 10, Errors: 5}), 0, 0},
	} {
		got := guardOf(errorMetric, Batch{Stable: c.stable, Canary: c.canary}, eprocess.Batch{}, 1.5).forHarm()
		if got.Baseline.Errors != c.wantStable || got.Canary.Errors != c.wantCanary {
			t.Errorf("%s: stable %d, canary %d", c.reason, got.Baseline.Errors, got.Canary.Errors)
		}
	}
}

// An equal version with clustered errors is rolled back in at most alpha of the runs, also where a stable pod gets many
// times the requests of a canary pod. The same runs without the guard alarm far more often.
func TestFalseAlarmsWithClusteredErrors(t *testing.T) {
	const runs, alpha, most = 150, 0.05, 16 // more than 16 of 150 has a probability below 0.2 %
	for _, c := range []struct {
		stablePods, canaryPods int
		share                  float64
	}{{1, 1, 0.05}, {4, 4, 0.5}} {
		guardedAlarms, plainAlarms := 0, 0
		for seed := range uint64(runs) {
			s := clustered{random: rand.New(rand.NewPCG(seed, 7)), pods: [2]int{c.stablePods, c.canaryPods}, share: c.share}
			withGuard, without := s.alarms(1500, alpha)
			if withGuard {
				guardedAlarms++
			}
			if without {
				plainAlarms++
			}
		}
		if guardedAlarms > most || plainAlarms <= most {
			t.Errorf("%+v: %d alarms of %d with the guard, %d without", c, guardedAlarms, runs, plainAlarms)
		}
	}
}

// clustered draws equal versions at 200 requests a second. Two of a thousand requests start a cluster of five errors in
// one second of one pod.
type clustered struct {
	random *rand.Rand
	pods   [2]int
	share  float64
}

func (c clustered) alarms(seconds int, alpha float64) (withGuard, without bool) {
	past := eprocess.Batch{}
	guard, plain := eprocess.New(eprocess.Setup{Ratio: 1}), eprocess.New(eprocess.Setup{Ratio: 1})
	for range seconds {
		b := Batch{Stable: c.arm(0, 200*(1-c.share)), Canary: c.arm(1, 200*c.share)}
		g := guardOf(errorMetric, b, past, 1).forHarm()
		guard = guard.Add(g)
		past.Baseline.Requests += g.Baseline.Requests
		past.Baseline.Errors += g.Baseline.Errors
		g.Canary.Errors, g.Baseline.Errors = errorsOf(b.Canary), errorsOf(b.Stable)
		plain = plain.Add(g)
		withGuard = withGuard || crossed(guard, alpha)
		without = without || crossed(plain, alpha)
	}
	return withGuard, without
}

func (c clustered) arm(which int, requests float64) Arm {
	a := Arm{Pods: map[string]PodCounts{}}
	for pod := range c.pods[which] {
		each := int64(requests) / int64(c.pods[which])
		p := PodCounts{Requests: each}
		for range each {
			if c.random.Float64() < 0.002 {
				p.Errors = min(each, p.Errors+5)
			}
		}
		if p.Errors > 0 {
			p.LeastErrorSeconds, p.MostErrorSeconds = 1, 1
		}
		a.Pods[strconv.Itoa(pod)] = p
	}
	return a
}

func errorsOf(a Arm) int64 {
	var n int64
	for _, p := range a.Pods {
		n += p.Errors
	}
	return n
}

func crossed(t eprocess.Test, alpha float64) bool { return t.LogE() >= -logOf(alpha) }

// Many pods get so many requests that each has an error in every second. At most one of them would make all versions
// equal: a canary with ten times the errors must stand out, and an equal one must not.
func TestManyErrorsInASecondStillTellVersionsApart(t *testing.T) {
	const second = 4000 // requests to each pod
	for _, c := range []struct {
		rate  float64
		harms bool
	}{{0.001, false}, {0.01, true}} {
		random := rand.New(rand.NewPCG(1, 9))
		test, past := eprocess.New(eprocess.Setup{Ratio: 1.5}), eprocess.Batch{}
		alarmed := false
		for range 60 {
			draw := func(rate float64) Arm {
				a := Arm{Pods: map[string]PodCounts{}}
				for i := range 4 {
					p := PodCounts{Requests: second, LeastErrorSeconds: 1, MostErrorSeconds: 1}
					for range second {
						if random.Float64() < rate {
							p.Errors++
						}
					}
					a.Pods[strconv.Itoa(i)] = p
				}
				return a
			}
			g := guardOf(errorMetric, Batch{Stable: draw(0.001), Canary: draw(c.rate)}, past, 1.5).forHarm()
			test = test.Add(g)
			past.Baseline.Requests += g.Baseline.Requests
			past.Baseline.Errors += g.Baseline.Errors
			alarmed = alarmed || crossed(test, 0.01)
		}
		if alarmed != c.harms {
			t.Errorf("error rate %v: harm found: %v; the test has counted %+v", c.rate, alarmed, past)
		}
	}
}

// What rules harm out leaves out nothing of the canary: a burst that the test of harm counts once is whole here.
func TestBoundsNeverHelpAVersionToPass(t *testing.T) {
	burst := PodCounts{Requests: 100, Errors: 50, LeastErrorSeconds: 1, MostErrorSeconds: 1}
	got := guardOf(errorMetric, Batch{Stable: pods(2, burst), Canary: pods(2, burst)}, eprocess.Batch{}, 1.5).forSafety()
	if got.Canary.Errors != 100 || got.Baseline.Errors != 2 {
		t.Errorf("canary %d, stable %d", got.Canary.Errors, got.Baseline.Errors)
	}
}
