package observe

import (
	"sync"
	"time"
)

// How long a namespace that changes without pause waits between two runs: four times as long as a run takes, within
// these bounds.
const (
	leastGap = 50 * time.Millisecond
	mostGap  = time.Second
)

// Pace says when a loop over the world may run. The first change after a quiet time is looked at at once. Changes of one
// namespace that follow are merged for a while; those of another don't wait for it. The loop as a whole rests after each
// run as long as the run took, so it takes half of a core at most.
type Pace struct {
	mu     sync.Mutex
	seen   map[string]time.Time // by namespace: its first event that no run has looked at
	taken  map[string]time.Time // those that the run under way looks at
	next   map[string]time.Time // by namespace: not before then
	rested time.Time            // no run before then
	began  time.Time
}

// Note says that an event of a namespace has come; "" stands for what is in none.
func (p *Pace) Note(namespace string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note(namespace, now)
}

func (p *Pace) note(namespace string, at time.Time) {
	if p.seen == nil {
		p.seen = map[string]time.Time{}
	}
	if first, noted := p.seen[namespace]; !noted || at.Before(first) {
		p.seen[namespace] = at
	}
}

// Begin starts a run, and returns the time of the first event that it looks at. It is false if there is nothing to look
// at, or if it must wait; then it returns how long.
func (p *Pace) Begin(now time.Time) (seen time.Time, wait time.Duration, begun bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.seen) == 0 {
		return time.Time{}, 0, false
	}
	var due time.Time
	for namespace, at := range p.seen {
		if next := p.next[namespace]; due.IsZero() || next.Before(due) {
			due = next
		}
		if seen.IsZero() || at.Before(seen) {
			seen = at
		}
	}
	if due.Before(p.rested) {
		due = p.rested
	}
	if wait := due.Sub(now); wait > 0 {
		return time.Time{}, wait, false
	}
	p.taken, p.seen, p.began = p.seen, nil, now
	return seen, 0, true
}

// End ends the run that Begin started. What a failed run has looked at is not done.
func (p *Pace) End(now time.Time, failed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	took := now.Sub(p.began)
	p.rested = now.Add(min(took, mostGap))
	for namespace, next := range p.next {
		if next.Before(now) {
			delete(p.next, namespace)
		}
	}
	if p.next == nil {
		p.next = map[string]time.Time{}
	}
	for namespace, at := range p.taken {
		p.next[namespace] = now.Add(min(max(4*took, leastGap), mostGap))
		if failed {
			p.note(namespace, at)
		}
	}
	p.taken = nil
}
