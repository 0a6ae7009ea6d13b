package releasetest

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/rollout"
)

// Steps stay at each weight for some seconds.
func Steps(each int, weights ...int32) []v1alpha1.CanaryStep {
	var out []v1alpha1.CanaryStep
	for _, w := range weights {
		out = append(out, v1alpha1.CanaryStep{Weight: w, Duration: &metav1.Duration{Duration: time.Duration(each) * time.Second}})
	}
	return out
}

// Equal versions have errors of which a tenth comes in clusters, and a bad node now and then; the settings are the usual
// ones.
func Equal() Trial {
	same := Habits{Fails: 0.0045}
	return Trial{PerSecond: 200, Stable: same, Canary: same, Pods: 4, Clusters: 0.0001, BadNode: true,
		Spec: v1alpha1.CanarySpec{Steps: Steps(300, 5, 20, 50)}}
}

// Harmful versions get 200 requests a second, of which 5 % go to the new one. The stable one has 0.1 % errors, and 1 %
// above the edge.
func Harmful(ratio string, worse Habits, latency bool) Trial {
	tolerated := resource.MustParse(ratio)
	spec := v1alpha1.CanarySpec{Steps: Steps(3600, 5), Analysis: &v1alpha1.CanaryAnalysis{ToleratedRatio: &tolerated}}
	if latency {
		spec.Analysis.LatencyObjective = &metav1.Duration{Duration: Edge}
	}
	return Trial{PerSecond: 200, Stable: Habits{Fails: 0.001, Slow: 0.01}, Canary: worse, Pods: 4, Spec: spec}
}

// Slower versions take some times as long in the median as the stable one, which takes 20 ms. Durations to compare by are
// chosen in the run.
func Slower(ratio string, times float64, perSecond int, weight int32, seconds int) Trial {
	tolerated := resource.MustParse(ratio)
	const median = 20 * time.Millisecond
	return Trial{PerSecond: perSecond, Pods: 4, Stable: Habits{Median: median}, Canary: Habits{Median: time.Duration(times * float64(median))},
		Spec: v1alpha1.CanarySpec{Steps: Steps(seconds, weight), Analysis: &v1alpha1.CanaryAnalysis{
			Latency: &v1alpha1.CanaryLatency{ToleratedRatio: &tolerated},
		}}}
}

// Short releases take a minute at 5, 20 and 50 %. The settings are the usual ones.
func Short(stable, canary float64, perSecond int) Trial {
	return Trial{PerSecond: perSecond, Pods: 4, Stable: Habits{Fails: stable}, Canary: Habits{Fails: canary},
		Spec: v1alpha1.CanarySpec{Steps: Steps(checkSeconds, 5, 20, 50)}}
}

// Harmed counts the runs that went back for harm of a kind.
func Harmed(endings []Ending, reason string) int {
	n := 0
	for _, e := range endings {
		if e.Harmed(reason) {
			n++
		}
	}
	return n
}

// Middle is of the runs that went back for errors: the median of seconds, and of failed requests to the new version.
func Middle(endings []Ending) (seconds, failed int) {
	var times, fails []int
	for _, e := range endings {
		if e.Harmed(rollout.ReasonErrorRate) {
			times, fails = append(times, e.Seconds), append(fails, e.Failed)
		}
	}
	if len(times) == 0 {
		return 0, 0
	}
	slices.Sort(times)
	slices.Sort(fails)
	return times[len(times)/2], fails[len(fails)/2]
}
