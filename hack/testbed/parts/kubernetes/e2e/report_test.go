package e2e

import (
	"fmt"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
)

// One line for each case that ran, and their count.
var _ = ginkgo.ReportAfterSuite("cases", func(report ginkgo.Report) {
	// The framework makes a dry run of its own before the real one.
	if report.SuiteConfig.DryRun {
		return
	}
	cases := report.SpecReports.WithLeafNodeType(types.NodeTypeIt)
	for _, c := range cases {
		if c.State != types.SpecStateSkipped {
			fmt.Printf("\n%s %s (%s)", verdict(c.State), c.FullText(), c.RunTime.Round(time.Second))
		}
	}
	passed, failed := cases.CountWithState(types.SpecStatePassed), cases.CountWithState(types.SpecStateFailureStates)
	fmt.Printf("\n%d passed, %d failed\n", passed, failed)
})

func verdict(state types.SpecState) string {
	if state == types.SpecStatePassed {
		return "PASS"
	}
	return "FAIL"
}
