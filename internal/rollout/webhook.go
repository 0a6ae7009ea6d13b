package rollout

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

const (
	// askAgain is how often a webhook that does not agree is asked.
	askAgain = 30 * time.Second
	// defaultTimeout is that of a call of a webhook.
	defaultTimeout = 10 * time.Second
)

// webhooks are those that are asked before the current weight rises.
func (l *look) webhooks() []v1alpha1.CanaryWebhook {
	weight := l.to.Weight.Desired
	if weight == full {
		return nil
	}
	var moments []v1alpha1.WebhookMoment
	if l.atStart() {
		moments = append(moments, v1alpha1.WebhookStart)
	}
	if l.nextWeight() == full {
		moments = append(moments, v1alpha1.WebhookPromotion)
	}
	if len(moments) == 0 {
		moments = append(moments, v1alpha1.WebhookStep)
	}
	var out []v1alpha1.CanaryWebhook
	for _, w := range l.spec.Webhooks {
		if len(w.Before) == 0 || slices.ContainsFunc(moments, func(m v1alpha1.WebhookMoment) bool { return slices.Contains(w.Before, m) }) {
			out = append(out, w)
		}
	}
	return out
}

// unanswered names the webhooks that have not agreed yet. An agreement holds for the step.
func (l *look) unanswered() (reason, message string) {
	if l.forced() {
		return "", ""
	}
	var waits []string
	for _, w := range l.webhooks() {
		g, asked := l.gateResult(v1alpha1.GateWebhook + w.Name)
		switch {
		case !asked:
			waits = append(waits, w.Name)
		case g.State != v1alpha1.GateOpen:
			waits = append(waits, w.Name+" ("+g.Message+")")
		}
	}
	if len(waits) == 0 {
		return "", ""
	}
	return ReasonWebhook, "the agreement of " + strings.Join(waits, ", ")
}

// questions are for the webhooks that have not agreed yet.
func (l *look) questions() []Question {
	var out []Question
	for _, w := range l.webhooks() {
		if g, asked := l.gateResult(v1alpha1.GateWebhook + w.Name); asked && g.State == v1alpha1.GateOpen {
			continue
		}
		q := Question{
			ID:        fmt.Sprintf("%s/%d/%s", l.in.Canary.UID, l.to.Position.Sequence, w.Name),
			Webhook:   w.Name,
			Namespace: l.in.Canary.Namespace,
			Canary:    l.in.Canary.Name,
			Service:   l.spec.Service.Name,
			Revision:  l.to.Run.Revision,
			Weight:    l.to.Weight.Desired,
			Next:      l.nextWeight(),
			Sequence:  l.to.Position.Sequence,
			URL:       w.URL,
			Timeout:   defaultTimeout,
		}
		if w.Timeout != nil {
			q.Timeout = w.Timeout.Duration
		}
		out = append(out, q)
	}
	return out
}

// hear notes what webhooks have answered to a question of the current step. The same answer again changes nothing.
func (l *look) hear() {
	if l.to.Phase != v1alpha1.CanaryProgressing {
		return
	}
	for _, a := range l.in.Answers {
		named := slices.ContainsFunc(l.webhooks(), func(w v1alpha1.CanaryWebhook) bool { return w.Name == a.Webhook })
		if !named || a.Sequence != l.to.Position.Sequence {
			continue
		}
		state := v1alpha1.GateWaiting
		if a.Open {
			state = v1alpha1.GateOpen
		}
		name := v1alpha1.GateWebhook + a.Webhook
		g, asked := l.gateResult(name)
		if asked && (g.State == v1alpha1.GateOpen || g.State == state && g.Message == a.Message) {
			continue
		}
		l.answer(name, state, a.Message)
	}
}
