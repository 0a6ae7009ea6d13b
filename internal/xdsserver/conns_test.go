package xdsserver

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// All proxies of a lost replica come at once. They are let in at a pace; one that gives up takes no other's turn.
func TestStormOfReconnectsIsSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(logr.Discard())
		s.Publish(one("c1", 1))
		begun := func() int {
			synctest.Wait()
			s.mu.Lock()
			defer s.mu.Unlock()
			return len(s.conns)
		}
		for n := range openings {
			serve(t, s, Proxy{UID: fmt.Sprint(n), Workload: cart})
		}
		begun()
		ctx, leave := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() { left <- s.Serve(Proxy{UID: "impatient", Workload: cart}, newPipe(ctx)) }()
		synctest.Wait()
		for n := range 100 {
			serve(t, s, Proxy{UID: fmt.Sprint("late-", n), Workload: cart})
		}
		if got := begun(); got != openings {
			t.Fatalf("%d streams began at once, want %d", got, openings)
		}
		leave()
		if err := <-left; status.Code(err) != codes.Unavailable {
			t.Errorf("who gives up gets %v", err)
		}
		time.Sleep(100 * time.Millisecond) // of the test's own clock
		if got := begun(); got < openings+49 || got > openings+51 {
			t.Errorf("%d streams after a tenth of a second, want %d", got, openings+50)
		}
		time.Sleep(time.Second)
		if got := begun(); got != openings+100 {
			t.Errorf("%d streams in the end, want all %d but the one that left", got, openings+100)
		}
	})
}
