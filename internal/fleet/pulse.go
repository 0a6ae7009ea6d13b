package fleet

import (
	"context"
	"sync"
	"time"
)

const (
	// gap is the least time between two views that a replica sends.
	gap = 200 * time.Millisecond
	// countGap is how long changed counters wait for others: they change all the time.
	countGap = time.Second
)

// pulse tells any number of waiters that something has changed.
type pulse struct {
	mu      sync.Mutex
	next    chan struct{}
	delayed bool
}

// wait returns a channel that is closed with the next change.
func (p *pulse) wait() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next == nil {
		p.next = make(chan struct{})
	}
	return p.next
}

func (p *pulse) fire() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next != nil {
		close(p.next)
		p.next = nil
	}
}

// fireLater fires once, however often it is called until then.
func (p *pulse) fireLater(wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.delayed {
		return
	}
	p.delayed = true
	time.AfterFunc(wait, func() {
		p.mu.Lock()
		p.delayed = false
		p.mu.Unlock()
		p.fire()
	})
}

// each calls send at once and after changes, with the gap between two calls, until one fails or the context ends.
func (p *pulse) each(ctx context.Context, send func() error) error {
	for {
		changed := p.wait()
		if err := send(); err != nil {
			return err
		}
		timer := time.NewTimer(gap)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
