package tally

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCounts(t *testing.T) {
	cases := map[string]struct {
		counts   Counts
		line     string
		problems []string
	}{
		"Good": {Counts{Passed: 57}, "57 tests ran: 57 passed, 0 failed, 0 skipped", nil},
		"None": {Counts{}, "0 tests ran: 0 passed, 0 failed, 0 skipped", []string{"no test ran"}},
		"Failed": {Counts{Passed: 1, Failed: 2, Failures: []string{"p TestA", "q TestB"}}, "3 tests ran: 1 passed, 2 failed, 0 skipped",
			[]string{"2 failed: p TestA, q TestB"}},
		"Skipped": {Counts{Passed: 1, Skipped: 1}, "2 tests ran: 1 passed, 0 failed, 1 skipped", []string{"1 skipped: give a test what it needs, or remove it"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := tc.counts.String(); got != tc.line {
				t.Errorf("want %q, got %q", tc.line, got)
			}
			if diff := cmp.Diff(tc.problems, tc.counts.Problems()); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}
