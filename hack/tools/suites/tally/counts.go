package tally

import (
	"fmt"
	"slices"
	"strings"
)

// Counts is how many tests there were, by how they ended.
type Counts struct {
	Passed, Failed, Skipped int
	Failures                []string // of the tests that failed, each after its package
}

// Total is the number of tests that ran. A skipped test ran: it started and gave up.
func (c Counts) Total() int { return c.Passed + c.Failed + c.Skipped }

// Plus adds two counts.
func (c Counts) Plus(d Counts) Counts {
	return Counts{c.Passed + d.Passed, c.Failed + d.Failed, c.Skipped + d.Skipped, slices.Concat(c.Failures, d.Failures)}
}

func (c Counts) String() string {
	return fmt.Sprintf("%d tests ran: %d passed, %d failed, %d skipped", c.Total(), c.Passed, c.Failed, c.Skipped)
}

// Problems says why these counts are not good enough.
func (c Counts) Problems() []string {
	var out []string
	if c.Total() == 0 {
		out = append(out, "no test ran")
	}
	if c.Failed > 0 {
		out = append(out, fmt.Sprintf("%d failed: %s", c.Failed, strings.Join(c.Failures, ", ")))
	}
	if c.Skipped > 0 {
		out = append(out, fmt.Sprintf("%d skipped: give a test what it needs, or remove it", c.Skipped))
	}
	return out
}
