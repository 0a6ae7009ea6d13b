package rollout

import (
	"fmt"
	"strings"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// toldWhenWaiting has the kinds of waiting that are worth an event.
var toldWhenWaiting = map[string]string{
	ReasonFrozen:                 normal,
	ReasonCapacity:               warning,
	ReasonWebhook:                normal,
	ReasonConfigUnknown:          warning,
	ReasonOnePodFailing:          warning,
	ReasonMetricsMissing:         warning,
	ReasonStableServing:          warning,
	ReasonAcknowledgementTimeout: warning,
}

// waitsFor is the kind of waiting that a position has stored.
func waitsFor(p *v1alpha1.Position) string {
	if p == nil {
		return ""
	}
	reason, _, _ := strings.Cut(p.WaitingFor, ":")
	return reason
}

// silent names the proxies that have not acknowledged.
func silent(a v1alpha1.Acknowledgement) string {
	text := fmt.Sprintf("%d of %d proxies have acknowledged", a.Acknowledged, a.Total)
	if len(a.Pending) > 0 {
		text += "; waiting for " + strings.Join(a.Pending, ", ")
	}
	for _, r := range a.Rejected {
		text += fmt.Sprintf("; refused by %s: %s", r.Pod, r.Reason)
	}
	return text
}
