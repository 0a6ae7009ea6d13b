package execute

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"

	"github.com/weft-mesh/weft/hack/tools/suites/plan"
	"github.com/weft-mesh/weft/hack/tools/suites/tally"
)

// goTest runs the tests of one module. A failed test is in the counts; an error says that go test itself failed.
func goTest(ctx context.Context, out io.Writer, suite plan.Suite, run plan.Run, env []string) (tally.Counts, error) {
	packages, err := list(ctx, run, env)
	if err != nil || len(packages) == 0 {
		return tally.Counts{}, err
	}
	fmt.Fprintf(out, "-- go test in %s: %d packages\n", run.Dir, len(packages))
	args := []string{"go", "test", "-json"}
	if suite.Env != nil {
		args = append(args, "-count=1", "-p=1", "-timeout=60m") // the cluster is shared, and no cached result tells of it
	}
	cmd := child(ctx, slices.Concat(args, packages, suite.Args))
	cmd.Dir, cmd.Env, cmd.Stderr = run.Dir, env, os.Stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return tally.Counts{}, err
	}
	if err := cmd.Start(); err != nil {
		return tally.Counts{}, err
	}
	counts, readErr := read(out, suite, events)
	waitErr := cmd.Wait()
	if exit := new(exec.ExitError); errors.As(waitErr, &exit) && counts.Failed > 0 {
		waitErr = nil // the counts say it
	}
	return counts, errors.Join(readErr, waitErr)
}

// list names the packages of a run, without those that belong to other suites.
func list(ctx context.Context, run plan.Run, env []string) ([]string, error) {
	cmd := child(ctx, []string{"go", "list", "-f", "{{.ImportPath}} {{.Module.Path}}", run.Packages})
	cmd.Dir, cmd.Env, cmd.Stderr = run.Dir, env, os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list packages: %w", err)
	}
	packages := strings.Split(strings.TrimSpace(string(text)), "\n")
	packages = slices.DeleteFunc(packages, func(line string) bool {
		name, module, _ := strings.Cut(line, " ")
		return name == "" || run.Except != "" && strings.HasPrefix(name, path.Join(module, run.Except)+"/")
	})
	for i, line := range packages {
		packages[i], _, _ = strings.Cut(line, " ")
	}
	return packages, nil
}

func read(out io.Writer, suite plan.Suite, events io.Reader) (tally.Counts, error) {
	var collector tally.Collector
	var counts tally.Counts
	decoder := json.NewDecoder(events)
	for {
		var event tally.Event
		if err := decoder.Decode(&event); errors.Is(err, io.EOF) {
			return counts, nil
		} else if err != nil {
			return counts, fmt.Errorf("read test events: %w", err)
		}
		if suite.Live {
			io.WriteString(out, event.Output)
		}
		if done, ok := collector.Add(event); ok {
			counts = counts.Plus(done.Counts)
			showPackage(out, suite, done)
		}
	}
}

func showPackage(out io.Writer, suite plan.Suite, p tally.Package) {
	state := "ok"
	if p.Failed {
		state = "FAILED"
	}
	if !suite.Live {
		io.WriteString(out, p.Output)
	}
	fmt.Fprintf(out, "%-7s %s %s: %d tests (%.1f s)\n", state, suite.Name, p.Name, p.Counts.Total(), p.Seconds)
}
