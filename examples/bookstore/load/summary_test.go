package load

import (
	"errors"
	"io"
	"maps"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestTheCountsAsText(t *testing.T) {
	c := newCounts()
	c.sent(plan(0))
	c.done("v1", time.Now(), 2*time.Millisecond, nil)
	c.sent(plan(1))
	c.done("", time.Now(), time.Second, errors.Join(io.EOF))
	c.stream(func(s *Conversation) { s.Messages, s.Bytes, s.Moved = 3, 700, 1 })

	for path, lines := range map[string][]string{
		"/metrics": {
			`bookstore_load_sent_total 2`,
			`bookstore_load_requests_total{version="v1",outcome="succeeded"} 1`,
			`bookstore_load_requests_total{version="none",outcome="failed"} 1`,
			`bookstore_load_failures_total{reason="closed"} 1`,
			`bookstore_load_moves_total{kind="stream"} 1`,
		},
		"/summary": {`"sent":2,"onNewConnection":1,"withBody":1,"succeeded":1,"failed":1,"failures":{"closed":1}`},
	} {
		w := httptest.NewRecorder()
		handler(c).ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		for _, line := range lines {
			if !strings.Contains(w.Body.String(), line) {
				t.Errorf("%s has no %s:\n%s", path, line, w.Body)
			}
		}
	}
}

// The first request of a version is the one that began first, and the last the one that ended last.
func TestTimesOfVersions(t *testing.T) {
	c, begin := newCounts(), time.Now()
	c.begin(begin)
	c.slow = 500 * time.Millisecond
	c.done("v2", begin.Add(4*time.Second), 600*time.Millisecond, nil)
	c.done("v2", begin.Add(3*time.Second), 500*time.Millisecond, errors.New("counts all the same"))
	c.done("v1", begin, time.Second, nil)
	got := c.summary(begin.Add(time.Minute)).Versions
	want := map[string]Version{"v1": {Succeeded: 1, Slow: 1, Last: 1}, "v2": {Succeeded: 1, Failed: 1, Slow: 1, First: 3, Last: 4.6}}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAQuantileIsAtMostOneEdgeTooHigh(t *testing.T) {
	var h histogram
	for i := range 1000 {
		h.add(time.Duration(i+1) * time.Millisecond)
	}
	for q, want := range map[float64]time.Duration{0.5: 500 * time.Millisecond, 0.99: 990 * time.Millisecond} {
		if got := h.quantile(q); got < want || float64(got) > float64(want)*growth {
			t.Errorf("quantile %g: got %v, want %v", q, got, want)
		}
	}
	if got := new(histogram).quantile(0.5); got != 0 {
		t.Errorf("empty: %v", got)
	}
}
