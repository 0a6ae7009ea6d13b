package canary

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/internal/rollout"
)

// Poster calls a receiver.
type Poster interface {
	Post(ctx context.Context, to string, body []byte, timeout time.Duration) (status int, err error)
}

const (
	// callsEach limits how many webhooks of one Canary are called at the same time.
	callsEach = 8
	// patience is how long a webhook that did not agree is left alone. It is a little less than the time after which the
	// core asks again.
	patience = 25 * time.Second
)

// Hooks calls webhooks aside and keeps their answers in memory. What a decision makes of an answer is in the status: a
// restarted operator asks again.
type Hooks struct {
	Poster Poster
	// Answered is called after each answer.
	Answered func()
	// Called is told how each call ended; nil is nobody.
	Called func(rollout.Answer, error)
	Now    func() time.Time

	mu    sync.Mutex
	known map[client.ObjectKey]map[string]*call // by Canary and webhook
}

// call is the latest one of a webhook.
type call struct {
	id      string
	running bool
	ended   time.Time
	answer  rollout.Answer
}

// Forget drops all answers.
func (h *Hooks) Forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.known = nil
}

// Drop forgets one Canary.
func (h *Hooks) Drop(key client.ObjectKey) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.known, key)
}

// Answers are those about a Canary, in the order of the webhooks' names.
func (h *Hooks) Answers(key client.ObjectKey) []rollout.Answer {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []rollout.Answer
	for _, c := range h.known[key] {
		if !c.running {
			out = append(out, c.answer)
		}
	}
	slices.SortFunc(out, func(a, b rollout.Answer) int { return cmp.Compare(a.Webhook, b.Webhook) })
	return out
}

// Ask calls webhooks beside the loop. It returns at once. A question that is being asked, or was asked a moment ago, is
// not asked again. The calls end with the context.
func (h *Hooks) Ask(ctx context.Context, key client.ObjectKey, questions []rollout.Question) {
	for _, q := range questions[:min(len(questions), callsEach)] {
		if c := h.begin(key, q); c != nil {
			go h.ask(ctx, c, q)
		}
	}
}

// begin notes a call, unless it must not be made now.
func (h *Hooks) begin(key client.ObjectKey, q rollout.Question) *call {
	h.mu.Lock()
	defer h.mu.Unlock()
	was := h.known[key][q.Webhook]
	if was != nil && was.id == q.ID && (was.running || h.Now().Sub(was.ended) < patience) {
		return nil
	}
	c := &call{id: q.ID, running: true}
	if h.known == nil {
		h.known = map[client.ObjectKey]map[string]*call{}
	}
	if h.known[key] == nil {
		h.known[key] = map[string]*call{}
	}
	h.known[key][q.Webhook] = c
	return c
}

func (h *Hooks) ask(ctx context.Context, c *call, q rollout.Question) {
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
	h.mu.Lock()
	c.running, c.ended, c.answer = false, h.Now(), answer
	h.mu.Unlock()
	if ctx.Err() == nil {
		h.Answered()
	}
}
