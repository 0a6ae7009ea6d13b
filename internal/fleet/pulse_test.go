package fleet

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestChangesAreMerged: the first goes out at once, a storm becomes five views in a second, and the last is not lost.
func TestChangesAreMerged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pulse
		value := 0
		var seen []int
		var last time.Time
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error)
		go func() {
			done <- p.each(ctx, func() error { seen, last = append(seen, value), time.Now(); return nil })
		}()
		synctest.Wait()
		time.Sleep(time.Minute) // of the bubble
		value++
		changed := time.Now()
		p.fire()
		synctest.Wait()
		if len(seen) != 2 || !last.Equal(changed) {
			t.Errorf("seen %v, the last %s after the change; want it at once", seen, last.Sub(changed))
		}
		for range 1000 {
			value++
			p.fire()
			time.Sleep(time.Millisecond)
		}
		time.Sleep(gap)
		synctest.Wait()
		if len(seen) > 2+6 || seen[len(seen)-1] != value {
			t.Errorf("%d views of 1000 changes in a second, the last of %d", len(seen), seen[len(seen)-1])
		}
		before := len(seen)
		for range 100 {
			p.fireLater(countGap)
		}
		time.Sleep(countGap + gap)
		synctest.Wait()
		if len(seen) != before+1 {
			t.Errorf("%d views of counters that changed together, want 1", len(seen)-before)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}
