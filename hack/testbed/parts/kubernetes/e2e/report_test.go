package e2e

import (
	"fmt"
	"os"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
)

// One line for each case that ran. The name is the one that --list-tests prints.
var _ = ginkgo.ReportAfterEach(func(report ginkgo.SpecReport) {
	if report.State != types.SpecStateSkipped {
		fmt.Fprintf(os.Stdout, "\n%s %s (%s)\n", verdict(report.State), report.FullText(), report.RunTime.Round(time.Second))
	}
})

var _ = ginkgo.ReportAfterSuite("count", func(report ginkgo.Report) {
	cases := report.SpecReports.WithLeafNodeType(types.NodeTypeIt)
	passed := cases.CountWithState(types.SpecStatePassed)
	failed := cases.CountWithState(types.SpecStateFailureStates)
	fmt.Printf("\n%d passed, %d failed\n", passed, failed)
})

func verdict(state types.SpecState) string {
	if state.Is(types.SpecStatePassed) {
		return "PASS"
	}
	return "FAIL"
}
