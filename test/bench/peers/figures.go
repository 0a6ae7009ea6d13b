package main

import (
	"fmt"
	"slices"
	"time"
)

// part is the smallest figure that so many percent are not above; with fewer than a hundred, the 99th is the largest.
func part(all []time.Duration, percent int) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[max(0, (len(sorted)*percent+99)/100-1)]
}

func mean(all []time.Duration) time.Duration {
	var sum time.Duration
	for _, d := range all {
		sum += d
	}
	return sum / time.Duration(max(len(all), 1))
}

func inMillis(d time.Duration) float64 { return max(float64(d.Microseconds()), 1) / 1e3 }

// millis has three digits that count.
func millis(d time.Duration) string { return digits(inMillis(d)) + " ms" }

func digits(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// ratio is how many times less ours is than theirs.
func ratio[T int64 | float64 | time.Duration](theirs, ours T) string {
	return digits(float64(theirs) / float64(max(ours, 1)))
}

func amount(n int64) string {
	switch {
	case n >= 10<<20 || n <= -10<<20:
		return fmt.Sprintf("%d MB", n>>20)
	case n >= 10<<10 || n <= -10<<10:
		return fmt.Sprintf("%d kB", n>>10)
	}
	return fmt.Sprintf("%d B", n)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }
