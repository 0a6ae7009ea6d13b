package report

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRender(t *testing.T) {
	page := Render(Report{
		Target:   "cycles",
		Shows:    "It stops.",
		Commit:   "0123abc",
		Date:     time.Date(2026, 3, 1, 12, 30, 0, 0, time.UTC),
		Machine:  Machine{Cores: 2, MemoryBytes: 8 << 30, Kernel: "Linux 6.1", Go: "go1.26"},
		Command:  "hack/evidence/cycles.sh",
		Duration: 90*time.Second + time.Millisecond,
		Output:   "one\n\n```\n",
	})
	want := `# Evidence: cycles

It stops.

- commit: 0123abc
- date: 2026-03-01 12:30 UTC
- machine: 2 cores, 8.0 GiB memory, Linux 6.1, go1.26
- command: ` + "`hack/evidence/cycles.sh`" + `
- duration: 1m30s
- exit code: 0

The last 200 lines of the output, at most:

    one

    ` + "```" + `
`
	if diff := cmp.Diff(want, page); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if commit, err := Commit(page); err != nil || commit != "0123abc" {
		t.Errorf("the page must give its commit back, got %q, %v", commit, err)
	}
	if _, err := Commit("# Nothing\n"); err == nil {
		t.Error("a page without a commit is an error")
	}
}

func TestStale(t *testing.T) {
	paths := []string{"Makefile", "hack/testbed"}
	cases := map[string]struct {
		reason  string
		changed []string
		want    string
	}{
		"Nothing":   {"the report counts", nil, ""},
		"Elsewhere": {"documents cannot alter a run", []string{"docs/a.md"}, ""},
		"File":      {"the file itself", []string{"docs/a.md", "Makefile"}, "Makefile"},
		"Below":     {"a file below a folder", []string{"hack/testbed/up.go"}, "hack/testbed/up.go"},
		"Prefix":    {"a longer name is another file", []string{"Makefile.old", "hack/testbed2/a"}, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got, stale := Stale(tc.changed, paths); got != tc.want || stale != (tc.want != "") {
				t.Errorf("%s: want %q, got %q, %v", tc.reason, tc.want, got, stale)
			}
		})
	}
}
