package load

import (
	"math"
	"time"
)

const (
	smallest = 50 * time.Microsecond
	growth   = 1.05 // each edge is 5 % above the one before, so a quantile is at most 5 % too high
	edges    = 300  // up to about two minutes
)

// histogram counts durations in buckets of growing width. It has a fixed size however long the load runs.
type histogram struct {
	counts [edges]int
	total  int
}

func (h *histogram) add(d time.Duration) {
	h.counts[bucket(d)]++
	h.total++
}

func bucket(d time.Duration) int {
	if d <= smallest {
		return 0
	}
	n := int(math.Ceil(math.Log(float64(d)/float64(smallest)) / math.Log(growth)))
	return min(n, edges-1)
}

// quantile returns the upper edge of the bucket that holds it.
func (h *histogram) quantile(q float64) time.Duration {
	rank, below := int(math.Ceil(q*float64(h.total))), 0
	for n, count := range h.counts {
		below += count
		if count > 0 && below >= rank {
			return time.Duration(float64(smallest) * math.Pow(growth, float64(n)))
		}
	}
	return 0
}
