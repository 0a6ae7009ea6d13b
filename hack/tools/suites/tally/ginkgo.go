package tally

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	colors    = regexp.MustCompile("\x1b\\[[0-9;]*m")
	specsRan  = regexp.MustCompile(`(?m)^Ran (\d+) of (\d+) Specs in `)
	specsLine = regexp.MustCompile(`(\d+) Passed \| (\d+) Failed \|`)
	specsName = regexp.MustCompile(`(?m)^  \[[A-Z!]+\] (.+)$`)
)

// ginkgoSpecs reads the lines with which Ginkgo ends a suite: the failed specs by name, and two lines of figures. Specs that
// did not run, for whatever reason, are skipped ones.
func ginkgoSpecs(output string) (Counts, bool) {
	output = colors.ReplaceAllString(output, "")
	ran := specsRan.FindStringSubmatch(output)
	if ran == nil {
		return Counts{}, false
	}
	counts := Counts{Skipped: max(0, number(ran[2])-number(ran[1]))}
	if line := specsLine.FindStringSubmatch(output); line != nil {
		counts.Passed, counts.Failed = number(line[1]), number(line[2])
	}
	_, summary, _ := strings.Cut(output, "\nSummarizing ")
	for _, name := range specsName.FindAllStringSubmatch(summary, -1) {
		counts.Failures = append(counts.Failures, name[1])
	}
	return counts, true
}

func number(digits string) int {
	n, _ := strconv.Atoi(digits) // the pattern allows digits only
	return n
}
