package leader

import (
	"context"
	"sync"
)

// Term is the time in which this replica leads. Whoever may write only as the leader takes its context from here: it
// ends when the lease is lost.
type Term struct {
	mu    sync.Mutex
	ctx   context.Context
	begun []func()
}

// OnBegin registers a function that is called when a term begins.
func (t *Term) OnBegin(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.begun = append(t.begun, f)
}

// Lead makes ctx the current term until it ends. It is the Lead of Options.
func (t *Term) Lead(ctx context.Context) {
	t.mu.Lock()
	t.ctx = ctx
	begun := t.begun
	t.mu.Unlock()
	for _, f := range begun {
		f()
	}
	<-ctx.Done()
}

// Context returns the context of the current term; it is false when this replica does not lead.
func (t *Term) Context() (context.Context, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ctx == nil || t.ctx.Err() != nil {
		return nil, false
	}
	return t.ctx, true
}
