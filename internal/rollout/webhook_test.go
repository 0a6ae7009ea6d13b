package rollout

import (
	"slices"
	"testing"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// receivers answers the questions of the decision before, as an operator does that calls aside.
type receivers struct {
	w       *world
	asked   []Question
	answers func(Question) (Answer, bool) // false: there is none yet
	pending []Question
}

func receive(w *world, answers func(Question) (Answer, bool), hooks ...v1alpha1.CanaryWebhook) *receivers {
	r := &receivers{w: w, answers: answers}
	w.canary.Spec.Webhooks = hooks
	w.beforeNext = func(in *Input) {
		for _, q := range r.pending {
			if a, is := r.answers(q); is {
				a.Webhook, a.Sequence = q.Webhook, q.Sequence
				in.Answers = append(in.Answers, a)
			}
		}
	}
	w.afterNext = func(d Decision) {
		r.pending = d.Ask
		r.asked = append(r.asked, d.Ask...)
	}
	return r
}

func agree(Question) (Answer, bool) { return Answer{Open: true, Message: "HTTP 200"}, true }

// TestWebhooksAreAskedBeforeTheirSteps [D25].
func TestWebhooksAreAskedBeforeTheirSteps(t *testing.T) {
	w := newWorld(t)
	r := receive(w, agree,
		v1alpha1.CanaryWebhook{Name: "all", URL: "http://a/"},
		v1alpha1.CanaryWebhook{Name: "start", Before: []v1alpha1.WebhookMoment{v1alpha1.WebhookStart}},
		v1alpha1.CanaryWebhook{Name: "step", Before: []v1alpha1.WebhookMoment{v1alpha1.WebhookStep}},
		v1alpha1.CanaryWebhook{Name: "end", Before: []v1alpha1.WebhookMoment{v1alpha1.WebhookPromotion}, Timeout: seconds(3)},
	)
	w.untilPhase(v1alpha1.CanaryPromoted)
	got := map[string][]int32{}
	for _, q := range r.asked {
		got[q.Webhook] = append(got[q.Webhook], q.Weight, q.Next)
		if q.Revision != "h2" || q.Canary != "reviews" || q.Service != "reviews" || q.Namespace != "shop" || q.ID == "" {
			t.Errorf("%+v", q)
		}
		if want := map[bool]time.Duration{true: 3 * time.Second, false: defaultTimeout}[q.Webhook == "end"]; q.Timeout != want {
			t.Errorf("%s has %s", q.Webhook, q.Timeout)
		}
	}
	for name, want := range map[string][]int32{
		"all": {0, 5, 5, 20, 20, 50, 50, 100}, "start": {0, 5}, "step": {5, 20, 20, 50}, "end": {50, 100},
	} {
		if !slices.Equal(got[name], want) {
			t.Errorf("%s was asked about %v, want %v", name, got[name], want)
		}
	}
}

// TestWebhookThatDoesNotAgree [D25] holds the step until its deadline, and what it says is in the status.
func TestWebhookThatDoesNotAgree(t *testing.T) {
	for on, phase := range map[v1alpha1.OnInconclusive]v1alpha1.CanaryPhase{
		"":                           v1alpha1.CanaryRolledBack,
		v1alpha1.InconclusiveHold:    v1alpha1.CanaryProgressing,
		v1alpha1.InconclusivePromote: v1alpha1.CanaryProgressing, // only missing requests may be done without
	} {
		w := newWorld(t)
		w.canary.Spec.OnInconclusive = on
		receive(w, func(q Question) (Answer, bool) { return Answer{Open: q.Weight < 20, Message: "HTTP 503"}, true },
			v1alpha1.CanaryWebhook{Name: "tests", URL: "http://a/"})
		w.until("hold", 400, func() bool { return waitsFor(w.status().Position) == ReasonWebhook && len(w.status().Gates) > 0 })
		g := w.status().Gates[0]
		if w.desired() != 20 || g.Name != "webhook/tests" || g.State != v1alpha1.GateWaiting || g.Message != "HTTP 503" {
			t.Fatalf("%s", encode(t, *w.status()))
		}
		before := encode(t, *w.status())
		w.perSecond = 0
		d := w.step(time.Second)
		if encode(t, d.Status) != before || len(d.Ask) != 1 || d.RequeueAfter > askAgain {
			t.Errorf("the same answer again: %s, asks %v, again in %s", encode(t, d.Status), d.Ask, d.RequeueAfter)
		}
		w.perSecond = 200
		for range 400 {
			w.step(5 * time.Second)
		}
		s := w.status()
		if s.Phase != phase || phase == v1alpha1.CanaryRolledBack && s.History[0].Reason != ReasonWebhookTimeout || phase == v1alpha1.CanaryProgressing && s.Weight.Desired != 20 {
			t.Errorf("%q: %s", on, encode(t, *s))
		}
	}
}

// TestSilentWebhookDelaysNoRollback [D03 D25]: a receiver that never answers holds the step, not the way back.
func TestSilentWebhookDelaysNoRollback(t *testing.T) {
	w := newWorld(t)
	receive(w, func(q Question) (Answer, bool) { return Answer{Open: true}, q.Weight < 20 }, v1alpha1.CanaryWebhook{Name: "slow"})
	w.until("hold", 400, func() bool { return w.desired() == 20 && waitsFor(w.status().Position) == ReasonWebhook })
	w.serving = 0
	if d := w.step(time.Second); d.Status.Weight.Desired != 0 || len(d.Ask) > 0 {
		t.Errorf("%s, asks %v", encode(t, d.Status), d.Ask)
	}
}

// TestAnswersOfAnotherStepCountForNothing [D25], and neither do those of a webhook that the spec does not name.
func TestAnswersOfAnotherStepCountForNothing(t *testing.T) {
	w := newWorld(t)
	r := receive(w, func(q Question) (Answer, bool) { return Answer{}, false }, v1alpha1.CanaryWebhook{Name: "a"})
	w.until("question", 400, func() bool { return len(r.asked) > 0 })
	sequence := r.asked[0].Sequence
	w.beforeNext = func(in *Input) {
		in.Answers = []Answer{{Webhook: "a", Sequence: sequence - 1, Open: true}, {Webhook: "b", Sequence: sequence, Open: true}}
	}
	w.step(time.Second)
	if w.desired() != 0 || len(w.status().Gates) > 0 {
		t.Fatalf("%s", encode(t, *w.status()))
	}
	w.beforeNext = func(in *Input) { in.Answers = []Answer{{Webhook: "a", Sequence: sequence, Open: true}} }
	w.step(time.Second)
	if w.desired() != 5 {
		t.Errorf("%s", encode(t, *w.status()))
	}
}

// TestPromoteByHandAsksNoWebhook [D25].
func TestPromoteByHandAsksNoWebhook(t *testing.T) {
	w := newWorld(t)
	r := receive(w, func(q Question) (Answer, bool) { return Answer{Open: q.Weight == 0}, true }, v1alpha1.CanaryWebhook{Name: "a"})
	w.untilWeight(5)
	asked := len(r.asked)
	w.say("1", v1alpha1.ActionPromote, "h2")
	w.untilPhase(v1alpha1.CanaryPromoted)
	if len(r.asked) != asked {
		t.Errorf("asked %d times more", len(r.asked)-asked)
	}
}
