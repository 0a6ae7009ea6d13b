package order

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"sync"
	"testing"
)

const workers = 8

// tally is what the callers saw.
type tally struct {
	sent, fresh, posts int
	failures           map[string]int // by reason
}

func (t tally) failed() (sum int) {
	for n := range maps.Values(t.failures) {
		sum += n
	}
	return sum
}

// load is a number of callers, each of which sends the next request when it has the answer to the last. None is sent
// twice. Half go on a new connection, a third carry a body.
type load struct {
	entry string
	end   context.CancelFunc
	calls sync.WaitGroup

	mu       sync.Mutex
	seen     tally
	answered chan struct{} // of size one
}

func newLoad(entry string) *load {
	ctx, cancel := context.WithCancel(context.Background())
	l := &load{entry: entry, end: cancel, seen: tally{failures: map[string]int{}}, answered: make(chan struct{}, 1)}
	for range workers {
		l.calls.Go(func() { l.run(ctx) })
	}
	return l
}

func (l *load) run(ctx context.Context) {
	kept, fresh := l.client(), l.client()
	fresh.DisableKeepAlives = true
	defer kept.CloseIdleConnections()
	for n := 0; ctx.Err() == nil; n++ {
		var body []byte
		if n%3 == 0 {
			body = bytes.Repeat([]byte("weft"), 1+n%500)
		}
		transport := kept
		if n%2 == 0 {
			transport = fresh
		}
		l.count(n%2 == 0, body != nil, exchange(transport, body))
	}
}

func (l *load) client() *http.Transport {
	return &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", l.entry)
	}}
}

// exchange returns why a request failed, empty if it did not. The transport sends nothing twice that has a body which it
// cannot read again: so every request has one, mostly an empty one.
func exchange(transport http.RoundTripper, body []byte) string {
	r, err := http.NewRequest(http.MethodPost, "http://reviews/", io.NopCloser(bytes.NewReader(body)))
	if err != nil {
		return err.Error()
	}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = answer.Body.Close() }()
	echo, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
		return err.Error()
	case answer.StatusCode != http.StatusOK:
		return strconv.Itoa(answer.StatusCode)
	case !bytes.Equal(echo, body):
		return "another body"
	}
	return ""
}

func (l *load) count(fresh, post bool, reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen.sent++
	if fresh {
		l.seen.fresh++
	}
	if post {
		l.seen.posts++
	}
	if reason != "" {
		l.seen.failures[reason]++
	}
	select {
	case l.answered <- struct{}{}:
	default:
	}
}

// await waits for a number of answers from now on.
func (l *load) await(t *testing.T, count int) {
	t.Helper()
	for goal := l.sent() + count; l.sent() < goal; {
		select {
		case <-l.answered:
		case <-t.Context().Done():
			t.Fatal("the test ended before the load")
		}
	}
}

func (l *load) sent() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seen.sent
}

// stop lets what is under way end.
func (l *load) stop() tally {
	l.end()
	l.calls.Wait()
	return l.seen
}
