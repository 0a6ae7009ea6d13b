package load

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// No request is answered before the last one is started. A loop that waits for answers would never end here.
func TestTheLoopIsOpen(t *testing.T) {
	const rate, max = 200, 1000
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var all sync.WaitGroup
		all.Add(max)
		schedule(t.Context(), rate, max, func(n int) {
			if got, want := time.Since(begin), time.Duration(n)*5*time.Millisecond; got != want {
				t.Errorf("request %d started at %v, want %v", n, got, want)
			}
			all.Done()
			all.Wait()
		})
	})
}

func TestTheMixOfRequests(t *testing.T) {
	const n = 600
	fresh, posts, both := 0, 0, 0
	for i := range n {
		p := plan(i)
		if p.fresh {
			fresh++
		}
		if p.body != nil {
			posts++
		}
		if p.fresh && p.body != nil {
			both++
		}
	}
	if fresh != n/2 || posts != n/3 || both != n/6 {
		t.Errorf("%d on new connections, %d with a body, %d of both", fresh, posts, both)
	}
}
