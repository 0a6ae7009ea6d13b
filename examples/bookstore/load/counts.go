package load

import (
	"cmp"
	"sync"
	"time"
)

// counts is what the load has seen so far.
type counts struct {
	mu      sync.Mutex
	started time.Time
	slow    time.Duration // what takes longer is slow; 0: nothing is
	seen    Summary
	latency histogram
}

func newCounts() *counts {
	return &counts{seen: Summary{Failures: map[string]int{}, Versions: map[string]Version{}}}
}

func (c *counts) begin(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.started = now
}

func (c *counts) sent(p shot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen.Sent++
	if p.fresh {
		c.seen.Fresh++
	}
	if p.body != nil {
		c.seen.Posts++
	}
}

// done counts the outcome of one request that was sent.
func (c *counts) done(version string, began time.Time, took time.Duration, err error) {
	version = cmp.Or(version, "none")
	c.mu.Lock()
	defer c.mu.Unlock()
	c.latency.add(took)
	v, known := c.seen.Versions[version]
	begin := began.Sub(c.started).Seconds()
	if !known || begin < v.First {
		v.First = begin
	}
	v.Last = max(v.Last, begin+took.Seconds())
	if c.slow > 0 && took > c.slow {
		v.Slow++
	}
	if err == nil {
		c.seen.Succeeded++
		v.Succeeded++
	} else {
		c.seen.Failed++
		c.seen.Failures[reason(err)]++
		v.Failed++
	}
	c.seen.Versions[version] = v
}

// stream and session change the counts of the two long conversations.
func (c *counts) stream(change func(*Conversation)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.seen.Stream)
}

func (c *counts) session(change func(*Conversation)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.seen.Session)
}

func (c *counts) summary(now time.Time) Summary {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.seen.copy()
	if !c.started.IsZero() {
		s.Seconds = now.Sub(c.started).Seconds()
	}
	s.P50 = milliseconds(c.latency.quantile(0.50))
	s.P99 = milliseconds(c.latency.quantile(0.99))
	return s
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
