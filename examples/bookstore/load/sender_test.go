package load

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/weft-mesh/weft/examples/bookstore/frontend"
	"github.com/weft-mesh/weft/examples/bookstore/ratings"
	"github.com/weft-mesh/weft/examples/bookstore/reviews"
)

func bookstore(t *testing.T, fault string) http.Handler {
	t.Helper()
	f, err := reviews.ParseFault(fault)
	if err != nil {
		t.Fatal(err)
	}
	last := httptest.NewServer(ratings.Handler())
	t.Cleanup(last.Close)
	middle := httptest.NewServer(reviews.Handler("v1", last.URL, f))
	t.Cleanup(middle.Close)
	return frontend.Handler(middle.URL, time.Minute)
}

func to(t *testing.T, h http.Handler) sender {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return newSender(Config{Target: server.URL, Timeout: time.Minute}, server.Listener.Addr().String(), newCounts())
}

func (s sender) sendAll(n int) Summary {
	for i := range n {
		s.send(i)
	}
	return s.counts.summary(time.Now())
}

func TestTheCountsAddUp(t *testing.T) {
	got := to(t, bookstore(t, "error-rate=0.1")).sendAll(60)
	if got.Sent != 60 || got.Succeeded != 54 || got.Failed != 6 || got.Fresh != 30 || got.Posts != 20 {
		t.Errorf("%+v", got)
	}
	v1 := got.Versions["v1"]
	if got.Failures["500"] != 6 || v1.Succeeded != 54 || v1.Failed != 6 || len(got.Failures) != 1 || len(got.Versions) != 1 {
		t.Errorf("%v %v", got.Failures, got.Versions)
	}
}

func TestAWrongAnswerIsAFailure(t *testing.T) {
	good := bookstore(t, "")
	flipped := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if len(body) > 0 {
			body[len(body)/2] ^= 1
		}
		changed := httptest.NewRequest(r.Method, r.URL.String(), bytes.NewReader(body))
		good.ServeHTTP(w, changed)
	})
	another := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.RawQuery = "id=another"
		good.ServeHTTP(w, r)
	})
	cases := map[string]struct {
		server http.Handler
		sent   shot
		want   error
	}{
		"one bit of the body is changed": {flipped, plan(3), wrongBody},
		"the answer is another's":        {another, plan(1), wrongPage},
		"the answer is not JSON":         {http.NotFoundHandler(), plan(1), failure("404")},
		"nothing is wrong":               {good, plan(3), nil},
	}
	for name, tc := range cases {
		if _, err := to(t, tc.server).exchange(tc.sent); !errors.Is(err, tc.want) {
			t.Errorf("%s: got %v, want %v", name, err, tc.want)
		}
	}
}

// dropper reads each request in full, answers the first of a connection, and closes the connection at the second.
type dropper struct {
	answers http.Handler
	mu      sync.Mutex
	seen    map[string]int
	used    map[string]bool
}

func (d *dropper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	d.mu.Lock()
	d.seen[r.Header.Get("x-load-id")]++
	second := d.used[r.RemoteAddr]
	d.used[r.RemoteAddr] = true
	d.mu.Unlock()
	if second {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	d.answers.ServeHTTP(w, r)
}

func TestADroppedConnectionIsCountedAndNothingIsSentTwice(t *testing.T) {
	d := &dropper{answers: bookstore(t, ""), seen: map[string]int{}, used: map[string]bool{}}
	got := to(t, d).sendAll(120)
	if got.Failed != 30 || got.Failures["closed"] != 30 || got.Succeeded != 90 {
		t.Errorf("every second request of the kept half must fail: %+v", got)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, times := range d.seen {
		if times != 1 {
			t.Errorf("request %s was sent %d times", id, times)
		}
	}
	if len(d.seen) != got.Sent {
		t.Errorf("%d requests arrived, %d were sent", len(d.seen), got.Sent)
	}
}

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	s := newSender(Config{Target: "http://frontend", Timeout: time.Minute}, l.Addr().String(), newCounts())
	if got := s.sendAll(6); got.Failures["refused"] != 6 || got.Versions["none"].Failed != 6 {
		t.Errorf("%+v", got)
	}
}
