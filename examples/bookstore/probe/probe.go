// Package probe is a small caller: it sends one kind of request at a fixed rate, gives each up after a time, retries
// nothing, and counts the answers.
package probe

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"
)

// Call sends one request. The word says how it ended.
type Call func(ctx context.Context) (word string)

// Config says how often a call is made and for how long its answer is awaited.
type Config struct {
	Rate    int // calls per second
	Timeout time.Duration
	Report  time.Duration // between two lines of output
}

// Run calls until the context ends.
func Run(ctx context.Context, c Config, call Call, out io.Writer) error {
	if c.Rate < 1 || c.Timeout <= 0 || c.Report <= 0 {
		return fmt.Errorf("rate, timeout and report must be positive")
	}
	n := counts{words: map[string]int{}}
	var running sync.WaitGroup
	defer running.Wait()
	tick, report := time.NewTicker(time.Second/time.Duration(c.Rate)), time.NewTicker(c.Report)
	defer tick.Stop()
	defer report.Stop()
	for {
		select {
		case <-ctx.Done():
			fmt.Fprintln(out, n.line())
			return nil
		case <-report.C:
			fmt.Fprintln(out, n.line())
		case <-tick.C:
			running.Go(func() {
				limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.Timeout)
				defer cancel()
				n.add(call(limited))
			})
		}
	}
}

type counts struct {
	mu    sync.Mutex
	words map[string]int
}

func (c *counts) add(word string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.words[word]++
}

func (c *counts) line() (text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, word := range slices.Sorted(maps.Keys(c.words)) {
		text += fmt.Sprintf("%s=%d ", word, c.words[word])
	}
	return text
}
