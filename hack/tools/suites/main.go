// Command suites runs the named test suites and ends with one line that counts all tests. It is run from the
// repository's root. `suites all` runs every suite and starts and stops the test bed itself; a suite named alone
// uses the test bed as it is.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/weft-mesh/weft/hack/tools/suites/execute"
	"github.com/weft-mesh/weft/hack/tools/suites/plan"
)

func main() {
	steps, err := plan.For(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "suites:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once

	counts, problems := execute.Plan(ctx, os.Stdout, steps)
	problems = append(problems, counts.Problems()...)
	for _, problem := range problems {
		fmt.Println("problem:", problem)
	}
	fmt.Println(counts)
	if len(problems) > 0 {
		os.Exit(1)
	}
}
