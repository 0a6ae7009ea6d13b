//go:build soak

package e2e

import (
	"fmt"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
)

// courseRow is what one case has cost once.
type courseRow struct {
	Form    string         // of the release
	Event   string         // what happened
	Seconds float64        // how long
	Sent    int            // requests
	Lost    int            // failed, and no bad version explains it
	Own     int            // failed as the bad version's own answer
	Unheard int            // got no answer from a version that crashes
	Reasons map[string]int // of all failures
}

// courseNote is what else a case has seen.
type courseNote struct{ Event, Text string }

const (
	rowEntry  = "course row"
	noteEntry = "course note"
)

func (r courseRow) String() string {
	return fmt.Sprintf("%s | %s | %.0f s | sent %d | lost %d | own errors of a bad version %d | no answer %d | %s",
		r.Form, r.Event, r.Seconds, r.Sent, r.Lost, r.Own, r.Unheard, listed(r.Reasons))
}

func (n courseNote) String() string { return n.Event + ": " + n.Text }

func note(event, format string, args ...any) {
	GinkgoHelper()
	AddReportEntry(noteEntry, courseNote{event, fmt.Sprintf(format, args...)}, ReportEntryVisibilityFailureOrVerbose)
}

// The table at the end has a line for each case with the figures of all of its runs.
var _ = ReportAfterSuite("the table of the course", func(r Report) {
	rows, notes := courseEntries[courseRow](r), courseEntries[courseNote](r)
	if len(rows) == 0 {
		return
	}
	fmt.Printf("\n%-14s | %-36s | runs | seconds          | requests sent             | lost      | own errors of a bad version | no answer from a crashed one\n",
		"form", "event")
	var total courseRow
	for len(rows) > 0 {
		first := rows[0]
		same := func(r courseRow) bool { return r.Form == first.Form && r.Event == first.Event }
		runs := slices.DeleteFunc(slices.Clone(rows), func(r courseRow) bool { return !same(r) })
		rows = slices.DeleteFunc(rows, same)
		fmt.Printf("%-14s | %-36s | %4d | %-16s | %-25s | %-9s | %-27s | %s\n", first.Form, first.Event, len(runs),
			each(runs, func(r courseRow) int { return int(r.Seconds) }), each(runs, func(r courseRow) int { return r.Sent }),
			each(runs, func(r courseRow) int { return r.Lost }), each(runs, func(r courseRow) int { return r.Own }),
			each(runs, func(r courseRow) int { return r.Unheard }))
		if strings.HasPrefix(first.Event, inAll) {
			for _, r := range runs {
				total.Sent, total.Lost, total.Own, total.Unheard = total.Sent+r.Sent, total.Lost+r.Lost, total.Own+r.Own, total.Unheard+r.Unheard
			}
		}
	}
	fmt.Printf("all shops, also between the cases: sent %d, lost %d, own errors of bad versions %d, no answer from crashed ones %d\n",
		total.Sent, total.Lost, total.Own, total.Unheard)
	for _, n := range notes {
		fmt.Println(n)
	}
})

// inAll begins the event of the row that is about the whole time of a shop.
const inAll = "in all"

func each(runs []courseRow, figure func(courseRow) int) string {
	var out []string
	for _, r := range runs {
		out = append(out, fmt.Sprint(figure(r)))
	}
	return strings.Join(out, ", ")
}

// courseEntries are the entries of a kind.
func courseEntries[T any](r Report) (out []T) {
	for _, spec := range r.SpecReports {
		for _, e := range spec.ReportEntries {
			if v, is := e.GetRawValue().(T); is {
				out = append(out, v)
			}
		}
	}
	return out
}
