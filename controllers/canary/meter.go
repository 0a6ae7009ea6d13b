package canary

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/internal/reading"
	"github.com/weft-mesh/weft/internal/rollout"
)

// Getter reads an answer.
type Getter interface {
	Get(ctx context.Context, from string, timeout time.Duration) (status int, body []byte, err error)
	// Ask posts a question in JSON.
	Ask(ctx context.Context, to string, question []byte, timeout time.Duration) (status int, body []byte, err error)
}

// Meter reads numbers of other systems aside and keeps the latest of each metric in memory. What a decision makes of one is
// in the status: a restarted operator reads again.
type Meter struct {
	Getter Getter
	Jobs   *Jobs
	// Pushed reads what pods have pushed. The reading has no ID.
	Pushed func(rollout.Push) rollout.Reading
	// Done is called after each reading.
	Done func()
	Now  func() time.Time

	aside[rollout.Reading] // by metric; Before is of the reading that was noted last
}

// podLabel is the label that counters are told apart by.
const podLabel = "pod"

// Readings are those of a Canary, in the order of their IDs.
func (m *Meter) Readings(key client.ObjectKey) []rollout.Reading {
	var out []rollout.Reading
	m.each(key, func(r *rollout.Reading) { out = append(out, *r) })
	slices.SortFunc(out, func(a, b rollout.Reading) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// Note says that a decision with these readings was stored: counters count from them on. Say it too when it is not known
// whether it was stored: what is lost does no harm.
func (m *Meter) Note(key client.ObjectKey, ids []string) {
	m.each(key, func(r *rollout.Reading) {
		if r.Pods != nil && slices.Contains(ids, r.ID) {
			r.Before = r.Pods
		}
	})
}

// Read reads numbers beside the loop. It returns at once. A number that is being read, or was read a moment ago for the same
// question, is not read again. The calls end with the context.
func (m *Meter) Read(ctx context.Context, key client.ObjectKey, measures []rollout.Measure) {
	for _, q := range measures[:min(len(measures), callsEach)] {
		if p := m.begin(key, q.Metric, q.ID, m.Now()); p != nil {
			go m.read(ctx, p, q)
		}
	}
}

func (m *Meter) read(ctx context.Context, p *asked[rollout.Reading], q rollout.Measure) {
	if q.Job != nil {
		m.look(ctx, p, q)
		return
	}
	r := m.answer(ctx, q)
	m.end(p, m.Now(), func(before rollout.Reading) rollout.Reading {
		r.Before = before.Before
		return r
	})
	if ctx.Err() == nil {
		m.Done()
	}
}

// look looks at a Job. It is looked at again when it has not ended, and nobody is told.
func (m *Meter) look(ctx context.Context, p *asked[rollout.Reading], q rollout.Measure) {
	r, ended := m.Jobs.Look(ctx, *q.Job, q.Timeout)
	if !ended {
		m.open(p)
		return
	}
	r.ID = q.ID
	m.end(p, m.Now(), func(rollout.Reading) rollout.Reading { return r })
	if ctx.Err() == nil {
		m.Done()
	}
}

func (m *Meter) answer(ctx context.Context, q rollout.Measure) rollout.Reading {
	r := rollout.Reading{ID: q.ID}
	var err error
	if q.Push != nil {
		r = m.Pushed(*q.Push)
		r.ID = q.ID
		return r
	}
	if q.Of != "" {
		if r.Pods, err = m.count(ctx, q); err != nil {
			r.Problem = err.Error()
		}
		return r
	}
	if r.Canary, err = m.get(ctx, q.Canary, q.Post, q); err != nil {
		r.Problem = err.Error()
		return r
	}
	if q.Stable != "" {
		if r.Stable, err = m.get(ctx, q.Stable, q.PostStable, q); err != nil {
			r.Problem = "stable version: " + err.Error()
		}
	}
	return r
}

// count reads two counters by pod. Events are read first, so that each of them is among what could have been one.
func (m *Meter) count(ctx context.Context, q rollout.Measure) (map[string]rollout.Totals, error) {
	events, err := m.byPod(ctx, q.Canary, q)
	if err != nil {
		return nil, err
	}
	of, err := m.byPod(ctx, q.Of, q)
	if err != nil {
		return nil, err
	}
	out := make(map[string]rollout.Totals, len(of))
	for pod, n := range of {
		out[pod] = rollout.Totals{Events: events[pod], Of: n}
	}
	return out, nil
}

func (m *Meter) byPod(ctx context.Context, from string, q rollout.Measure) (map[string]float64, error) {
	status, body, err := m.Getter.Get(ctx, from, q.Timeout)
	if err != nil {
		return nil, err
	}
	return reading.ByLabel(status, body, podLabel)
}

func (m *Meter) get(ctx context.Context, from string, post *rollout.Inquiry, q rollout.Measure) (float64, error) {
	status, body, err := m.document(ctx, from, post, q.Timeout)
	switch {
	case err != nil:
		return 0, err
	case q.Field != "":
		return reading.JSON(status, body, q.Field)
	}
	return reading.Prometheus(status, body)
}

func (m *Meter) document(ctx context.Context, from string, post *rollout.Inquiry, timeout time.Duration) (status int, body []byte, err error) {
	if post == nil {
		return m.Getter.Get(ctx, from, timeout)
	}
	question, err := json.Marshal(post)
	if err != nil {
		return 0, nil, err
	}
	return m.Getter.Ask(ctx, from, question, timeout)
}
