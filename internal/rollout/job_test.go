package rollout

import (
	"strings"
	"testing"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

func tests() v1alpha1.CanaryMetric {
	return v1alpha1.CanaryMetric{Name: "tests", Job: &v1alpha1.JobMetric{CronJob: "acceptance"}}
}

// TestJobThatPasses [D24] is run once in each step, under a name of its own, and lets the step pass.
func TestJobThatPasses(t *testing.T) {
	w := newWorld(t)
	s := measure(w, func(Measure) (Reading, bool) { return Reading{Passed: true, Said: "the Job succeeded"}, true }, tests())
	w.untilPhase(v1alpha1.CanaryPromoted)
	names, ids := map[string]int32{}, map[string]bool{}
	for _, q := range s.asked {
		names[q.Job.Name], ids[q.ID] = q.Job.About.Weight, true
		if q.Job.Ends.Before(w.status().Run.StartedAt.Time) || q.Job.Owner != "u1" || q.Job.CronJob != "acceptance" || q.Job.Number ||
			len(q.Job.Name) > 63 || !strings.HasPrefix(q.Job.Name, "reviews-tests-") {
			t.Errorf("%+v", q.Job)
		}
	}
	if len(names) != 3 || len(ids) != 3 {
		t.Errorf("%d Jobs, asked in %d ways; want one in each of three steps: %v", len(names), len(ids), names)
	}
}

// TestJobThatSaysNo [D24] takes the share away at once, with its own words.
func TestJobThatSaysNo(t *testing.T) {
	w := newWorld(t)
	measure(w, func(Measure) (Reading, bool) { return Reading{Said: "the Job j failed with exit code 3"}, true }, tests())
	w.untilPhase(v1alpha1.CanaryRolledBack)
	if v := w.status().LastVerdict; v.Reason != ReasonMetric || v.Message != "tests: the Job j failed with exit code 3" || v.Weight != 5 {
		t.Errorf("%+v", v)
	}
}

// TestJobThatFindsNothing [D24] holds the step, whether it could not run or has not ended, and the deadline decides. When it
// was cleared away and has run again, the run goes on.
func TestJobThatFindsNothing(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(Measure) (Reading, bool)
		says   string
	}{
		"could not run": {func(Measure) (Reading, bool) { return Reading{Problem: "the Job could not run"}, true }, "tests: the Job could not run"},
		"has not ended": {func(Measure) (Reading, bool) { return Reading{}, false }, "has not ended"},
	} {
		w := newWorld(t)
		s := measure(w, c.answer, tests())
		w.canary.Spec.StepDeadline = seconds(600)
		w.untilWeight(5)
		for range 60 {
			w.step(5 * time.Second)
		}
		if w.desired() != 5 || w.count(ReasonVerdictHarm) > 0 || !strings.Contains(w.status().Position.WaitingFor, c.says) {
			t.Errorf("%s: weight %d, %s", name, w.desired(), w.status().Position.WaitingFor)
		}
		again := *w
		again.canary = w.canary.DeepCopy()
		for range 70 {
			w.step(5 * time.Second)
		}
		if w.status().Phase != v1alpha1.CanaryRolledBack || w.status().LastVerdict.Result != v1alpha1.VerdictInconclusive {
			t.Errorf("%s: %s, %+v", name, w.status().Phase, w.status().LastVerdict)
		}
		s.w, s.answers = &again, func(Measure) (Reading, bool) { return Reading{Passed: true}, true }
		again.untilWeight(20)
	}
}

// TestJobThatLeavesANumber [D24] is judged by its bounds, the first time.
func TestJobThatLeavesANumber(t *testing.T) {
	for number, phase := range map[float64]v1alpha1.CanaryPhase{10: v1alpha1.CanaryPromoted, 11: v1alpha1.CanaryRolledBack} {
		w, m := newWorld(t), tests()
		m.Max = quantity("10")
		s := measure(w, value(number), m)
		w.untilPhase(phase)
		if !s.asked[0].Job.Number {
			t.Errorf("%+v", s.asked[0].Job)
		}
		if v := w.status().LastVerdict; phase == v1alpha1.CanaryRolledBack && v.Message != "tests: 11, at most 10 is allowed" {
			t.Errorf("%+v", v)
		}
	}
}

// A Job of a long name is one of the step and the metric all the same.
func TestNamesOfJobs(t *testing.T) {
	w := newWorld(t)
	w.canary.Name = "a.very-long.name-of-a-canary-" + strings.Repeat("x", 200)
	one, two := tests(), tests()
	one.Name, two.Name = "a-very-long-name-of-tests-one", "a-very-long-name-of-tests-two"
	s := measure(w, func(Measure) (Reading, bool) { return Reading{Passed: true}, true }, one, two)
	w.untilWeight(20)
	names := map[string]bool{}
	for _, q := range s.asked {
		names[q.Job.Name] = true
		if len(q.Job.Name) > 63 || strings.Contains(q.Job.Name, ".") {
			t.Errorf("name %s", q.Job.Name)
		}
	}
	if len(names) != 2 {
		t.Errorf("%v", names)
	}
}
