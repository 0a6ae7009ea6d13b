package execute

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-mesh/weft/hack/tools/suites/plan"
	"github.com/weft-mesh/weft/hack/tools/suites/tally"
)

// module writes a Go module with one test file and returns its folder.
func module(t *testing.T, test string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":    "module example.com/m\n\ngo 1.26\n",
		"a_test.go": "package m\n\nimport \"testing\"\n\n" + test,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestPlan(t *testing.T) {
	good := module(t, "func TestA(t *testing.T) {}\n")
	suite := func(dir string) plan.Step {
		return plan.Step{Suite: &plan.Suite{Name: "s", Runs: []plan.Run{{Dir: dir, Packages: "./..."}}}}
	}
	cases := map[string]struct {
		reason   string
		steps    []plan.Step
		counts   tally.Counts
		problems int
		says     string
	}{
		"Good": {
			reason: "a passed suite is no problem",
			steps:  []plan.Step{suite(good)},
			counts: tally.Counts{Passed: 1},
			says:   "example.com/m: 1 tests",
		},
		"FailedTest": {
			reason: "the output of a failed test is shown, and the next suite runs",
			steps:  []plan.Step{suite(module(t, "func TestA(t *testing.T) { t.Fatal(\"broken\") }\n")), suite(good)},
			counts: tally.Counts{Passed: 1, Failed: 1, Failures: []string{"example.com/m TestA"}},
			says:   "broken",
		},
		"NotBuilt": {
			reason: "a package that does not build is a failure",
			steps:  []plan.Step{suite(module(t, "func TestA(t *testing.T) { unknown() }\n"))},
			counts: tally.Counts{Failed: 1, Failures: []string{"example.com/m"}},
			says:   "undefined: unknown",
		},
		"NoTest": {
			reason:   "a suite without tests must not pass",
			steps:    []plan.Step{suite(module(t, "var _ testing.TB\n"))},
			problems: 1,
		},
		"FailedCommand": {
			reason:   "what was started is undone, what needs it is not run",
			steps:    []plan.Step{{Command: []string{"false"}, Undo: []string{"echo", "undone"}}, suite(good)},
			problems: 2,
			says:     "undone",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			counts, problems := Plan(context.Background(), &out, tc.steps)
			if diff := cmp.Diff(tc.counts, counts); diff != "" {
				t.Errorf("%s: counts (-want +got):\n%s", tc.reason, diff)
			}
			if len(problems) != tc.problems {
				t.Errorf("%s: want %d problems, got %q", tc.reason, tc.problems, problems)
			}
			if !strings.Contains(out.String(), tc.says) {
				t.Errorf("%s: want %q in the output:\n%s", tc.reason, tc.says, &out)
			}
		})
	}
}
