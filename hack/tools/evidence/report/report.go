// Package report is what a long run leaves behind: how its page looks and when it stops to count.
package report

import (
	"fmt"
	"strings"
	"time"
)

// Report is the result of one run.
type Report struct {
	Target   string
	Shows    string
	Commit   string
	Date     time.Time
	Machine  Machine
	Command  string
	Duration time.Duration
	ExitCode int
	Output   string
}

// Machine is where it ran.
type Machine struct {
	Cores       int
	MemoryBytes uint64
	Kernel      string
	Go          string
}

const commitLabel = "- commit: "

// Render writes the page.
func Render(r Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Evidence: %s\n\n%s\n\n", r.Target, r.Shows)
	fmt.Fprintf(&b, "%s%s\n", commitLabel, r.Commit)
	fmt.Fprintf(&b, "- date: %s\n", r.Date.Format("2006-01-02 15:04 MST"))
	fmt.Fprintf(&b, "- machine: %s\n", r.Machine)
	fmt.Fprintf(&b, "- command: `%s`\n", r.Command)
	fmt.Fprintf(&b, "- duration: %s\n", r.Duration.Round(time.Second))
	fmt.Fprintf(&b, "- exit code: %d\n\n", r.ExitCode)
	fmt.Fprintf(&b, "The last %d lines of the output, at most:\n\n", tailLines)
	for line := range strings.Lines(r.Output) { // indented, because the output may hold a code fence
		b.WriteString(strings.TrimRight("    "+line, " \n") + "\n")
	}
	return b.String()
}

func (m Machine) String() string {
	return fmt.Sprintf("%d cores, %.1f GiB memory, %s, %s", m.Cores, float64(m.MemoryBytes)/(1<<30), m.Kernel, m.Go)
}

// Commit reads from a page which commit it is about.
func Commit(page string) (string, error) {
	for line := range strings.Lines(page) {
		if commit, ok := strings.CutPrefix(line, commitLabel); ok {
			return strings.TrimSpace(commit), nil
		}
	}
	return "", fmt.Errorf("the report has no line %q", commitLabel)
}

// Stale finds the first changed file that could alter the result.
func Stale(changed, paths []string) (string, bool) {
	for _, file := range changed {
		for _, path := range paths {
			if file == path || strings.HasPrefix(file, path+"/") {
				return file, true
			}
		}
	}
	return "", false
}
