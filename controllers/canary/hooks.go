package canary

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/internal/rollout"
)

// Poster calls a receiver.
type Poster interface {
	Post(ctx context.Context, to string, body []byte, timeout time.Duration) (status int, err error)
}

// Hooks calls webhooks aside and keeps their answers in memory. What a decision makes of an answer is in the status: a
// restarted operator asks again.
type Hooks struct {
	Poster Poster
	// Answered is called after each answer.
	Answered func()
	// Called is told how each call ended; nil is nobody.
	Called func(rollout.Answer, error)
	Now    func() time.Time

	aside[rollout.Answer] // by webhook
}

// Answers are those about a Canary, in the order of the webhooks' names.
func (h *Hooks) Answers(key client.ObjectKey) []rollout.Answer {
	var out []rollout.Answer
	h.each(key, func(a *rollout.Answer) { out = append(out, *a) })
	slices.SortFunc(out, func(a, b rollout.Answer) int { return cmp.Compare(a.Webhook, b.Webhook) })
	return out
}

// Ask calls webhooks beside the loop. It returns at once. A question that is being asked, or was asked a moment ago, is
// not asked again. The calls end with the context.
func (h *Hooks) Ask(ctx context.Context, key client.ObjectKey, questions []rollout.Question) {
	for _, q := range questions[:min(len(questions), callsEach)] {
		if c := h.begin(key, q.Webhook, q.ID, h.Now()); c != nil {
			go h.ask(ctx, c, q)
		}
	}
}

func (h *Hooks) ask(ctx context.Context, c *asked[rollout.Answer], q rollout.Question) {
	answer := rollout.Answer{Webhook: q.Webhook, Sequence: q.Sequence}
	body, err := json.Marshal(q)
	if err == nil {
		var status int
		status, err = h.Poster.Post(ctx, q.URL, body, q.Timeout)
		answer.Open, answer.Message = status >= 200 && status < 300, fmt.Sprintf("HTTP %d", status)
	}
	if err != nil {
		answer.Open, answer.Message = false, err.Error()
	}
	if h.Called != nil {
		h.Called(answer, err)
	}
	h.end(c, h.Now(), func(rollout.Answer) rollout.Answer { return answer })
	if ctx.Err() == nil {
		h.Answered()
	}
}
