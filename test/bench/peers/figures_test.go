package main

import (
	"testing"
	"time"
)

func TestPart(t *testing.T) {
	var all []time.Duration
	for n := range 200 {
		all = append(all, time.Duration(200-n))
	}
	for _, c := range []struct {
		of      []time.Duration
		percent int
		want    time.Duration
		reason  string
	}{
		{all, 50, 100, "half are not above"},
		{all, 99, 198, "two of 200 are above"},
		{all[:20], 99, 200, "of few it is the largest"},
		{all[:1], 50, 200, "of one it is that one"},
	} {
		if got := part(c.of, c.percent); got != c.want {
			t.Errorf("%s: %d percent of %d: got %d, want %d", c.reason, c.percent, len(c.of), got, c.want)
		}
	}
}
