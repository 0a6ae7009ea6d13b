package rollout

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/outcome"
)

// judge finds harm: the evidence has reached 1/alpha, and it is not a matter of one pod among several. The finding
// holds for the rest of the run.
func (l *look) judge() {
	if l.to.Phase != v1alpha1.CanaryProgressing || l.failed() || !l.harmful() || l.oneOfSeveral() {
		return
	}
	message := l.comparison()
	l.verdict(v1alpha1.VerdictFail, ReasonErrorRate, message)
	l.say(warning, ReasonVerdictHarm, "%s", message)
}

func (l *look) failed() bool {
	return l.to.LastVerdict != nil && l.to.LastVerdict.Result == v1alpha1.VerdictFail
}

func (l *look) harmful() bool { return l.logE() >= -math.Log(falseAlarm(l.spec)) }

// oneOfSeveral says that two pods serve and not even two have failed: a node may be at fault, not the version.
// Requests that found no pod at all can't be the fault of one.
func (l *look) oneOfSeveral() bool {
	e := l.to.Evidence
	return e != nil && l.in.Serving.Canary >= 2 && len(e.FailedPods) < 2 && e.Canary.Reasons[outcome.NoEndpoint] == 0
}

func (l *look) logE() float64 {
	if e := l.to.Evidence; e == nil || e.Run != l.to.Run.Revision {
		return 0
	}
	return l.test().LogE()
}

// verdict notes a finding with its numbers.
func (l *look) verdict(result v1alpha1.VerdictResult, reason, message string) {
	v := &v1alpha1.Verdict{
		Result:    result,
		Reason:    reason,
		Message:   message,
		Time:      *l.mark(),
		Weight:    l.to.Weight.Desired,
		E:         exponential(l.logE()),
		Threshold: decimal(1 / falseAlarm(l.spec)),
	}
	if e := l.to.Evidence; e != nil {
		e.Canary.DeepCopyInto(&v.Canary)
		e.Stable.DeepCopyInto(&v.Stable)
	}
	l.to.LastVerdict = v
}

// comparison is a sentence about both versions, with the most frequent error in front.
func (l *look) comparison() string {
	e := l.to.Evidence
	text := fmt.Sprintf("%d of %d requests to the new version failed, %d of %d to the stable one; evidence %s, harm is %s",
		e.Canary.Errors, e.Canary.Requests, e.Stable.Errors, e.Stable.Requests,
		exponential(l.logE()), decimal(1/falseAlarm(l.spec)))
	if reason := dominant(e.Canary.Reasons); reason != "" {
		return "mostly " + reason + ": " + text
	}
	return text
}

// dominant is the most frequent reason; of equals the first by name.
func dominant(reasons map[string]int64) string {
	best := ""
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		if best == "" || reasons[reason] > reasons[best] {
			best = reason
		}
	}
	return best
}

// exponential writes exp(x), also where that is no float64.
func exponential(x float64) string {
	const largest = 700
	if math.Abs(x) < largest {
		return decimal(math.Exp(x))
	}
	return fmt.Sprintf("1e%+.0f", math.Floor(x/math.Ln10))
}

func decimal(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }
