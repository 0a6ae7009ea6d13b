package rollout

import (
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// usual is how many requests there are in a second.
const usual = 20

type course struct {
	docs     string // docs/metrics.md, which names each reason of an event
	w        *world
	harmful  map[string]bool  // revisions with the verdict Fail that were not retried
	answers  map[string]bool  // webhooks that agree
	agreed   map[string]int64 // webhooks, and the sequence of the last question that they agreed to
	pending  []Question
	conflict bool
}

func newCourse(r *rapid.T) *course {
	w := newWorld(r)
	w.perSecond, w.edge, w.slowStable, w.slowCanary = usual, 250*time.Millisecond, 0.05, 0.05
	w.random = rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 3))
	docs, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		r.Fatalf("%v", err)
	}
	c := &course{w: w, docs: string(docs), harmful: map[string]bool{}, answers: map[string]bool{}, agreed: map[string]int64{}}
	c.edit(r)
	w.beforeNext = func(in *Input) {
		if c.conflict {
			in.Conflict, in.ConflictReason = "another Canary is older", "Conflict"
		}
		if p := in.Canary.Status.Position; p != nil { // late answers to questions of the step before
			in.Answers = append(in.Answers, Answer{Webhook: "a", Sequence: p.Sequence - 1, Open: true},
				Answer{Webhook: "b", Sequence: p.Sequence - 1, Open: true})
		}
		for _, q := range c.pending {
			if agrees, answered := c.answers[q.Webhook]; answered {
				in.Answers = append(in.Answers, Answer{Webhook: q.Webhook, Sequence: q.Sequence, Open: agrees, Message: "said"})
				if agrees {
					c.agreed[q.Webhook] = q.Sequence
				}
			}
		}
	}
	w.afterNext = func(d Decision) {
		if len(d.Ask) > 0 { // answers of earlier steps stay in memory
			c.pending = d.Ask
		}
	}
	return c
}

// edit changes what the spec says about a run.
func (c *course) edit(r *rapid.T) {
	spec := &c.w.canary.Spec
	c.w.canary.Generation++
	spec.OnInconclusive = rapid.SampledFrom([]v1alpha1.OnInconclusive{
		"", v1alpha1.InconclusiveRollback, v1alpha1.InconclusiveHold, v1alpha1.InconclusivePromote,
	}).Draw(r, "onInconclusive")
	weights := rapid.SampledFrom([][]int32{{5, 20, 50}, {1, 100}, {30}, {10, 20, 30, 40}}).Draw(r, "weights")
	spec.Steps, spec.Webhooks, spec.Match, spec.Preview = nil, nil, nil, nil
	if rapid.IntRange(0, 2).Draw(r, "focused") == 0 {
		mirror := int32(10)
		spec.Match, spec.Preview = insiders(), insiders()
		spec.Steps = []v1alpha1.CanaryStep{{Mirror: &mirror}}
	}
	for _, weight := range weights {
		step := v1alpha1.CanaryStep{Weight: weight, Everyone: weight >= 20}
		switch rapid.IntRange(0, 9).Draw(r, "pause") {
		case 0:
			step.Pause = &v1alpha1.StepPause{}
		case 1:
			step.Pause = &v1alpha1.StepPause{Duration: seconds(60)}
		}
		spec.Steps = append(spec.Steps, step)
	}
	spec.Analysis = nil
	if rapid.Bool().Draw(r, "latency") {
		spec.Analysis = &v1alpha1.CanaryAnalysis{LatencyObjective: &metav1.Duration{Duration: c.w.edge}}
		if rapid.Bool().Draw(r, "early") {
			spec.Analysis.PassWhenExcluded = quantity("5")
		}
	}
	spec.ConfigChanges = rapid.SampledFrom([]v1alpha1.ConfigChanges{"", v1alpha1.ConfigIgnore, v1alpha1.ConfigNewRun}).Draw(r, "configChanges")
	if rapid.IntRange(0, 3).Draw(r, "webhooks") == 0 {
		spec.Webhooks = []v1alpha1.CanaryWebhook{{Name: "a"}, {Name: "b", Before: []v1alpha1.WebhookMoment{v1alpha1.WebhookPromotion}}}
	}
}

func (c *course) happens(r *rapid.T, n int) {
	w := c.w
	switch rapid.IntRange(0, 21).Draw(r, "event") {
	case 21:
		w.slowCanary = rapid.SampledFrom([]float64{0, 0.05, 0.5, 1}).Draw(r, "slowCanary")
	case 0:
		w.revision = rapid.SampledFrom([]string{"", "h2", "h3", "h4"}).Draw(r, "revision")
	case 1:
		w.badCanary = rapid.SampledFrom([]float64{0, 0.001, 0.3, 1}).Draw(r, "badCanary")
	case 2:
		w.silent = !w.silent
	case 3: // an autoscaler, or pods that come and go
		w.serving = rapid.SampledFrom([]int{0, 1, 2, 4, 40}).Draw(r, "serving")
	case 4:
		w.stable = rapid.SampledFrom([]int{0, 1, 4, 40}).Draw(r, "stable")
	case 5:
		w.undecided = !w.undecided
	case 6:
		w.frozen = !w.frozen
	case 7, 8, 9:
		action := rapid.SampledFrom([]v1alpha1.Action{v1alpha1.ActionAbort, v1alpha1.ActionPromote, v1alpha1.ActionRetry,
			v1alpha1.ActionPause, v1alpha1.ActionPause, v1alpha1.ActionResume, v1alpha1.ActionResume})
		about := []string{"h2", "h3"}
		if run := w.status().Run; run != nil {
			about = append(about, run.Revision, run.Revision)
		}
		w.say(fmt.Sprint(n), action.Draw(r, "action"), rapid.SampledFrom(about).Draw(r, "about"))
	case 10:
		w.perSecond = rapid.SampledFrom([]int{0, usual}).Draw(r, "perSecond")
	case 11:
		c.edit(r)
	case 12:
		c.answers[rapid.SampledFrom([]string{"a", "b"}).Draw(r, "webhook")] = rapid.Bool().Draw(r, "agrees")
	case 13:
		c.conflict = !c.conflict
	case 14:
		w.delay, w.proxies = rapid.IntRange(0, 8).Draw(r, "delay"), rapid.Int32Range(1, 5).Draw(r, "proxies")
	case 15:
		w.config = rapid.SampledFrom([]string{"", "c1", "c2"}).Draw(r, "config")
	case 16, 17: // all is well for a while
		c.heal()
		w.badCanary = 0.001
	}
}

// heal makes everything around the run work. How the new version does stays as it is.
func (c *course) heal() {
	w := c.w
	w.silent, w.undecided, w.frozen, w.delay, w.stable, w.serving, w.perSecond, c.conflict = false, false, false, 2, 4, 4, usual, false
	c.answers["a"], c.answers["b"], w.config = true, true, "c1"
}
