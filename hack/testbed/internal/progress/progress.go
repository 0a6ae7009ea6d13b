// Package progress tells a person what the test bed does and what it waits for.
package progress

import (
	"context"
	"fmt"
	"os"
	"time"
)

const (
	poll   = 100 * time.Millisecond
	remind = 10 * time.Second
)

var start = time.Now()

// Say prints one line with the seconds since the command began.
func Say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%6.1fs  %s\n", time.Since(start).Seconds(), fmt.Sprintf(format, args...))
}

// Wait calls done until it returns nil. It says what it waits for once, and every ten seconds why it still does.
// The error is done's last one, when limit has passed or ctx has ended.
func Wait(ctx context.Context, what string, limit time.Duration, done func() error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	Say("waiting for %s", what)
	began, next := time.Now(), remind
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		err := done()
		if err == nil {
			return nil
		}
		if waited := time.Since(began); waited > next {
			Say("still waiting for %s (%.0f s): %v", what, waited.Seconds(), err)
			next += remind
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("waited %.0f s for %s: %w", time.Since(began).Seconds(), what, err)
		}
	}
}
