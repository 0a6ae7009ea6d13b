package canary

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/internal/reading"
	"github.com/weft-mesh/weft/internal/rollout"
)

// Getter reads an answer.
type Getter interface {
	Get(ctx context.Context, from string, timeout time.Duration) (status int, body []byte, err error)
}

// Meter reads numbers of other systems aside and keeps the latest of each metric in memory. What a decision makes of one is
// in the status: a restarted operator reads again.
type Meter struct {
	Getter Getter
	// Done is called after each reading.
	Done func()
	Now  func() time.Time

	mu    sync.Mutex
	known map[client.ObjectKey]map[string]*probe // by Canary and metric
}

// podLabel is the label that counters are told apart by.
const podLabel = "pod"

// probe is the latest reading of a metric.
type probe struct {
	id      string
	running bool
	ended   time.Time
	reading rollout.Reading
	before  map[string]rollout.Totals // of the reading that was noted last
}

// Forget drops all readings.
func (m *Meter) Forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known = nil
}

// Drop forgets one Canary.
func (m *Meter) Drop(key client.ObjectKey) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.known, key)
}

// Readings are those of a Canary, in the order of their IDs.
func (m *Meter) Readings(key client.ObjectKey) []rollout.Reading {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []rollout.Reading
	for _, p := range m.known[key] {
		if !p.running && p.reading.ID != "" {
			r := p.reading
			r.Before = p.before
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b rollout.Reading) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// Note says that a decision with these readings was stored: counters count from them on. Say it too when it is not known
// whether it was stored: what is lost does no harm.
func (m *Meter) Note(key client.ObjectKey, ids []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.known[key] {
		if !p.running && p.reading.Pods != nil && slices.Contains(ids, p.reading.ID) {
			p.before = p.reading.Pods
		}
	}
}

// Read reads numbers beside the loop. It returns at once. A number that is being read, or was read a moment ago for the same
// question, is not read again. The calls end with the context.
func (m *Meter) Read(ctx context.Context, key client.ObjectKey, measures []rollout.Measure) {
	for _, q := range measures[:min(len(measures), callsEach)] {
		if p := m.begin(key, q); p != nil {
			go m.read(ctx, p, q)
		}
	}
}

// begin notes a call, unless it must not be made now.
func (m *Meter) begin(key client.ObjectKey, q rollout.Measure) *probe {
	m.mu.Lock()
	defer m.mu.Unlock()
	was := m.known[key][q.Metric]
	if was != nil && was.id == q.ID && (was.running || m.Now().Sub(was.ended) < patience) {
		return nil
	}
	p := &probe{id: q.ID, running: true}
	if was != nil {
		p.before = was.before
	}
	if m.known == nil {
		m.known = map[client.ObjectKey]map[string]*probe{}
	}
	if m.known[key] == nil {
		m.known[key] = map[string]*probe{}
	}
	m.known[key][q.Metric] = p
	return p
}

func (m *Meter) read(ctx context.Context, p *probe, q rollout.Measure) {
	r := m.answer(ctx, q)
	m.mu.Lock()
	p.running, p.ended, p.reading = false, m.Now(), r
	m.mu.Unlock()
	if ctx.Err() == nil {
		m.Done()
	}
}

func (m *Meter) answer(ctx context.Context, q rollout.Measure) rollout.Reading {
	r := rollout.Reading{ID: q.ID}
	var err error
	if q.Of != "" {
		if r.Pods, err = m.count(ctx, q); err != nil {
			r.Problem = err.Error()
		}
		return r
	}
	if r.Canary, err = m.get(ctx, q.Canary, q); err != nil {
		r.Problem = err.Error()
		return r
	}
	if q.Stable != "" {
		if r.Stable, err = m.get(ctx, q.Stable, q); err != nil {
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

func (m *Meter) get(ctx context.Context, from string, q rollout.Measure) (float64, error) {
	status, body, err := m.Getter.Get(ctx, from, q.Timeout)
	switch {
	case err != nil:
		return 0, err
	case q.Field != "":
		return reading.JSON(status, body, q.Field)
	}
	return reading.Prometheus(status, body)
}
