// Package execute runs a plan: it starts programs, reads what they print and shows progress.
package execute

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/weft-mesh/weft/hack/tools/suites/plan"
	"github.com/weft-mesh/weft/hack/tools/suites/tally"
)

// Plan runs the steps, then undoes what was started, also after a failure or an interrupt. It returns what was
// counted and what went wrong.
func Plan(ctx context.Context, out io.Writer, steps []plan.Step) (counts tally.Counts, problems []string) {
	var undo [][]string
	for i, step := range steps {
		if ctx.Err() != nil {
			problems = append(problems, fmt.Sprintf("interrupted before: %v", steps[i:]))
			break
		}
		if step.Suite != nil {
			got, bad := runSuite(ctx, out, *step.Suite)
			counts, problems = counts.Plus(got), append(problems, bad...)
			continue
		}
		if step.Undo != nil {
			undo = append(undo, step.Undo)
		}
		if err := command(ctx, out, step.Command); err != nil {
			problems = append(problems, err.Error())
			if rest := steps[i+1:]; len(rest) > 0 {
				problems = append(problems, fmt.Sprintf("not run because of that: %v", rest))
			}
			break
		}
	}
	for _, args := range slices.Backward(undo) {
		if err := command(context.WithoutCancel(ctx), out, args); err != nil {
			problems = append(problems, err.Error())
		}
	}
	return counts, problems
}

func runSuite(ctx context.Context, out io.Writer, suite plan.Suite) (counts tally.Counts, problems []string) {
	fmt.Fprintf(out, "== suite %s\n", suite.Name)
	env, err := environment(ctx, suite.Env)
	if err != nil {
		return counts, []string{fmt.Sprintf("suite %s not run: %v", suite.Name, err)}
	}
	for _, run := range suite.Runs {
		got, err := goTest(ctx, out, suite, run, env)
		counts = counts.Plus(got)
		if err != nil {
			problems = append(problems, fmt.Sprintf("suite %s in %s: %v", suite.Name, run.Dir, err))
		}
	}
	if counts.Total() == 0 {
		problems = append(problems, fmt.Sprintf("suite %s has no test", suite.Name))
	}
	return counts, problems
}

// environment adds to our own what the command prints.
func environment(ctx context.Context, args []string) ([]string, error) {
	if args == nil {
		return os.Environ(), nil
	}
	cmd := child(ctx, args)
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%v: %w", args, err)
	}
	exports, err := parseExports(string(text), os.Getenv)
	return append(os.Environ(), exports...), err
}
