package canary

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/internal/rollout"
)

// receiver answers after some time.
type receiver struct {
	after  time.Duration
	status int
	err    error

	mu   sync.Mutex
	said []string
}

func (r *receiver) Post(ctx context.Context, to string, body []byte, timeout time.Duration) (int, error) {
	r.mu.Lock()
	r.said = append(r.said, to+" "+string(body))
	r.mu.Unlock()
	select {
	case <-time.After(min(r.after, timeout)):
		return r.status, r.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (r *receiver) calls() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.said)
}

var web = client.ObjectKey{Namespace: "shop", Name: "web"}

func question(sequence int64) rollout.Question {
	return rollout.Question{ID: "u/" + string(rune('0'+sequence)), Webhook: "tests", Revision: "r1", Weight: 5, Next: 20,
		Sequence: sequence, URL: "http://tests/", Timeout: 10 * time.Second}
}

// TestWebhooksAreCalledAside [D03 D25]: asking takes no time, however long the receiver does.
func TestWebhooksAreCalledAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{after: time.Hour, status: 200}
		nudges := 0
		h := &Hooks{Poster: r, Answered: func() { nudges++ }, Now: time.Now}
		began := time.Now()
		for range 5 {
			h.Ask(t.Context(), web, []rollout.Question{question(3)})
		}
		synctest.Wait()
		if took := time.Since(began); took != 0 || r.calls() != 1 || len(h.Answers(web)) != 0 {
			t.Errorf("took %s, %d calls, answers %v", took, r.calls(), h.Answers(web))
		}
		time.Sleep(11 * time.Second)
		synctest.Wait()
		want := []rollout.Answer{{Webhook: "tests", Sequence: 3, Open: true, Message: "HTTP 200"}}
		if diff := cmp.Diff(want, h.Answers(web)); diff != "" || nudges != 1 {
			t.Errorf("%d nudges (-want +got):\n%s", nudges, diff)
		}
		if !strings.Contains(r.said[0], `"weight":5,"next":20`) || strings.Contains(r.said[0], "Timeout") {
			t.Errorf("said %s", r.said[0])
		}
	})
}

// TestWebhookIsAskedAgain [D25]: after a while, or at once about another step.
func TestWebhookIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{err: errors.New("the host can't be reached")}
		h := &Hooks{Poster: r, Answered: func() {}, Now: time.Now}
		ask := func(sequence int64, want int) {
			t.Helper()
			h.Ask(t.Context(), web, []rollout.Question{question(sequence)})
			synctest.Wait()
			if r.calls() != want {
				t.Errorf("%d calls, want %d", r.calls(), want)
			}
		}
		ask(3, 1)
		ask(3, 1)
		time.Sleep(30 * time.Second)
		ask(3, 2)
		ask(4, 3)
		want := []rollout.Answer{{Webhook: "tests", Sequence: 4, Message: "the host can't be reached"}}
		if diff := cmp.Diff(want, h.Answers(web)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		h.Drop(web)
		ask(4, 4)
		h.Forget()
		if len(h.Answers(web)) > 0 {
			t.Error("answers of another term are left")
		}
	})
}

// Calls end with the term of the leader that makes them.
func TestCallsEndWithTheTerm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &Hooks{Poster: &receiver{after: time.Hour}, Answered: func() { t.Error("the loop was woken") }, Now: time.Now}
		ctx, cancel := context.WithCancel(t.Context())
		h.Ask(ctx, web, []rollout.Question{question(3)})
		cancel()
		synctest.Wait()
	})
}
