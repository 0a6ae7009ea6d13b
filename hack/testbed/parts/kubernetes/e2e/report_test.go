package e2e

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
)

// terminal is standard output as the program got it. While cases run, Ginkgo keeps what is written to os.Stdout.
var terminal = func() *os.File {
	fd, err := syscall.Dup(syscall.Stdout)
	if err != nil {
		panic(err)
	}
	return os.NewFile(uintptr(fd), "terminal")
}()

// One line for each case that ran.
var _ = ginkgo.ReportAfterEach(func(report ginkgo.SpecReport) {
	if report.State == types.SpecStateSkipped {
		return
	}
	fmt.Fprintf(terminal, "\n%s %s (%s)\n", verdict(report.State), report.FullText(), report.RunTime.Round(time.Second))
})

var _ = ginkgo.ReportAfterSuite("count", func(report ginkgo.Report) {
	// The framework makes a dry run of its own before the real one.
	if report.SuiteConfig.DryRun {
		return
	}
	cases := report.SpecReports.WithLeafNodeType(types.NodeTypeIt)
	passed, failed := cases.CountWithState(types.SpecStatePassed), cases.CountWithState(types.SpecStateFailureStates)
	fmt.Fprintf(terminal, "\n%d passed, %d failed\n", passed, failed)
})

func verdict(state types.SpecState) string {
	if state == types.SpecStatePassed {
		return "PASS"
	}
	return "FAIL"
}
