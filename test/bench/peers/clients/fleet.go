package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/weft-mesh/weft/test/bench/peers/talk"
)

// fleet is all clients of one server.
type fleet struct {
	address  string
	services int
	names    names
	numbers  map[string]map[string]int // of resources, by type and name
	total    int                       // of resources

	members   int
	whole     atomic.Int64 // members that have everything
	changed   chan struct{}
	responses atomic.Int64
	bytes     atomic.Int64
	last      atomic.Int64 // when the last response came, in nanoseconds
	watched   atomic.Pointer[watch]
}

// watch is what all members are to acknowledge once.
type watch struct {
	url  string
	mark []byte
	left atomic.Int64
	done chan time.Time
}

func newFleet(address string, services int, known names) *fleet {
	f := &fleet{address: address, services: services, names: known, numbers: known.numbers(), changed: make(chan struct{}, 1)}
	for _, of := range f.numbers {
		f.total += len(of)
	}
	return f
}

// atOnce is how many members connect at the same moment.
const atOnce = 400

// grow connects members until there are so many and returns when the last one had everything.
func (f *fleet) grow(size int) (at time.Time, err error) {
	for f.members < size && err == nil {
		at, err = f.add(min(atOnce, size-f.members))
	}
	return at, err
}

func (f *fleet) add(more int) (time.Time, error) {
	size := f.members + more
	for ; f.members < size; f.members++ {
		m := newMember(f, who{f.members, f.services})
		go m.run(context.Background())
	}
	late := time.After(patience)
	for f.whole.Load() < int64(size) {
		select {
		case <-f.changed:
		case <-late:
			return time.Time{}, fmt.Errorf("%d of %d proxies have everything after %s", f.whole.Load(), size, patience)
		}
	}
	return time.Now(), nil
}

// arrived counts a member that has everything.
func (f *fleet) arrived() {
	f.whole.Add(1)
	select {
	case f.changed <- struct{}{}:
	default:
	}
}

func (f *fleet) arm(url string, mark []byte) {
	w := &watch{url: url, mark: mark, done: make(chan time.Time, 1)}
	w.left.Store(int64(f.members))
	f.watched.Store(w)
}

func (f *fleet) await() (time.Time, error) {
	w := f.watched.Load()
	select {
	case at := <-w.done:
		return at, nil
	case <-time.After(patience):
		return time.Time{}, fmt.Errorf("%d of %d proxies lack the change after %s", w.left.Load(), f.members, patience)
	}
}

// quiet returns when nothing has come for so long.
func (f *fleet) quiet(long time.Duration) {
	for {
		since := time.Since(time.Unix(0, f.last.Load()))
		if since >= long {
			return
		}
		time.Sleep(long - since)
	}
}

// fail ends the program: with a member less, no figure means anything.
func (f *fleet) fail(w who, err error) { talk.Fail(fmt.Errorf("proxy %s: %w", w.pod(), err)) }
