//go:build soak

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// settledRelease waits for the last answers of a version that was taken back.
func settledRelease(ns string, r result) (c loadSummary) {
	GinkgoHelper()
	c = readLoad(ns)
	if r.promoted {
		return c
	}
	Eventually(func() bool {
		was := c
		c = readLoad(ns)
		return c.answered(r.version) == was.answered(r.version) && c.answered("none") == was.answered("none")
	}).WithPolling(3 * time.Second).Should(BeTrue())
	return c
}

// result is one release as its callers saw it.
type result struct {
	judge, about, version string
	promoted              bool
	lead                  float64 // seconds from the change of the Deployment to the first request to the new version
	seconds               float64 // from then to the last answer or error of the new version, or to its promotion
	requests, hurt        int     // to the new version; and how many of them failed or were too slow
}

// read takes the numbers from what was counted before and after. A request that no version answered is the new one's: nothing
// else can be out of order.
func (r *result) read(before, after loadSummary, slow bool) {
	its := after.Versions[r.version]
	unanswered := after.answered("none") - before.answered("none")
	r.lead, r.requests = its.First-before.Seconds, after.answered(r.version)+unanswered
	r.hurt = its.Failed + unanswered
	if slow {
		r.hurt += its.Slow
	}
	end := its.Last
	if unanswered > 0 {
		end = max(end, after.Versions["none"].Last)
	}
	if r.promoted {
		end = after.Seconds
	}
	r.seconds = end - its.First
}

func (r result) String() string {
	ended := "back"
	if r.promoted {
		ended = "promoted"
	}
	return fmt.Sprintf("%s: %s: %s after %.1f s, %d requests, %d hurt; the first came %.1f s after the change",
		r.judge, r.about, ended, r.seconds, r.requests, r.hurt, r.lead)
}

type results []result

// table has a row for each fault and judge in the form of Markdown: medians, and all values in brackets.
func (all results) table() string {
	var b strings.Builder
	b.WriteString("| new version | judge | taken back | first request after | seconds from it to the end | requests | failed or slow |\n|---|---|---|---|---|---|---|\n")
	for len(all) > 0 {
		row, rest := results{}, results{}
		for _, r := range all {
			if r.judge == all[0].judge && r.about == all[0].about {
				row = append(row, r)
			} else {
				rest = append(rest, r)
			}
		}
		back := 0
		for _, r := range row {
			if !r.promoted {
				back++
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %d of %d | %s | %s | %s | %s |\n", row[0].about, row[0].judge, back, len(row),
			row.cell(func(r result) float64 { return r.lead }), row.cell(func(r result) float64 { return r.seconds }),
			row.cell(func(r result) float64 { return float64(r.requests) }), row.cell(func(r result) float64 { return float64(r.hurt) }))
		all = rest
	}
	return b.String()
}

func (row results) cell(of func(result) float64) string {
	var values []float64
	for _, r := range row {
		values = append(values, of(r))
	}
	sorted := slices.Sorted(slices.Values(values))
	text := fmt.Sprintf("**%.0f**", (sorted[(len(sorted)-1)/2]+sorted[len(sorted)/2])/2)
	if len(values) > 1 {
		text += " (" + strings.Trim(fmt.Sprintf("%.0f", values), "[]") + ")"
	}
	return text
}
