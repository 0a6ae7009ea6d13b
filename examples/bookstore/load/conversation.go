package load

import (
	"context"
	"time"

	"github.com/weft-mesh/weft/examples/bookstore/talk"
)

// line is one open stream or session.
type line interface {
	Say(message string) (echo string, err error)
	Close()
}

// conversation keeps one line open, says one message after the other, and checks that each comes back unchanged and
// in order. After a failure, or a goodbye, it opens a new line.
type conversation struct {
	open   func(context.Context) (line, error)
	pace   time.Duration
	counts func(change func(*Conversation))
}

func (c conversation) run(ctx context.Context) {
	tick := time.NewTicker(c.pace)
	defer tick.Stop()
	for n := 0; ctx.Err() == nil; {
		var err error
		if n, err = c.untilLast(ctx, tick.C, n); err != nil && ctx.Err() == nil {
			c.counts(func(s *Conversation) { s.Failed++; s.Failure = reason(err) })
			wait(ctx, tick.C)
		}
	}
}

// untilLast speaks from message n on, on one line, and returns the number of the next message.
func (c conversation) untilLast(ctx context.Context, tick <-chan time.Time, n int) (int, error) {
	open, err := c.open(ctx)
	if err != nil {
		return n, err
	}
	defer open.Close()
	for ; wait(ctx, tick); n++ {
		message := talk.Message(n)
		echo, err := open.Say(message)
		if err != nil {
			return n + 1, err
		}
		isLast, err := talk.Read(message, echo)
		if err != nil {
			return n + 1, wrongEcho
		}
		c.counts(func(s *Conversation) { s.Messages++; s.Bytes += len(message) })
		if isLast {
			c.counts(func(s *Conversation) { s.Moved++ })
			return n + 1, nil
		}
	}
	return n, nil
}

func wait(ctx context.Context, tick <-chan time.Time) bool {
	select {
	case <-ctx.Done():
		return false
	case <-tick:
		return ctx.Err() == nil
	}
}
