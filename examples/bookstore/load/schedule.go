package load

import (
	"context"
	"sync"
	"time"
)

// schedule starts do(0), do(1), … at a fixed rate until the context ends or max are started (0: no limit), and
// returns when all have returned. Slow answers do not slow it down: this is an open loop.
func schedule(ctx context.Context, rate, max int, do func(n int)) {
	var running sync.WaitGroup
	defer running.Wait()
	begin := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for n := 0; max == 0 || n < max; n++ {
		timer.Reset(time.Until(due(begin, n, rate)))
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			running.Go(func() { do(n) })
		}
	}
}

// due is counted from the beginning, so that lateness does not add up.
func due(begin time.Time, n, rate int) time.Time {
	return begin.Add(time.Duration(n) * time.Second / time.Duration(rate))
}
