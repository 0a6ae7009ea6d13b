// Command evidence makes long runs and keeps their reports. It is run from the repository's root.
//
//	evidence run TARGET    make the run and write docs/evidence/TARGET.md
//	evidence status        say which reports still count
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

const reports = "docs/evidence"

func main() {
	err := start(os.Args[1:])
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "evidence:", err)
	if exit := new(exec.ExitError); errors.As(err, &exit) && exit.ExitCode() > 0 {
		os.Exit(exit.ExitCode())
	}
	os.Exit(1)
}

func start(args []string) error {
	switch {
	case slices.Equal(args, []string{"status"}):
		return status(os.Stdout)
	case len(args) == 2 && args[0] == "run":
		i := slices.IndexFunc(targets, func(t Target) bool { return t.Name == args[1] })
		if i < 0 {
			return fmt.Errorf("no target %q: name one of %s", args[1], names())
		}
		return run(os.Stdout, targets[i])
	}
	return errors.New("say `run TARGET` or `status`; targets are " + names())
}

func names() string {
	var out []string
	for _, t := range targets {
		out = append(out, t.Name)
	}
	return strings.Join(out, ", ")
}
