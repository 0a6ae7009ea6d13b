package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/weft-mesh/weft/hack/tools/evidence/report"
)

// run makes one run with live output. Only a run that succeeds writes a report, so that an earlier good one stays.
func run(out io.Writer, t Target) error {
	commit, err := git("rev-parse", "--verify", "HEAD")
	if err != nil {
		return fmt.Errorf("evidence belongs to a commit: %w", err)
	}
	dirty, err := git(append([]string{"status", "--porcelain", "--"}, t.Paths...)...)
	if err != nil {
		return err
	}
	if dirty != "" {
		return fmt.Errorf("commit these first, so that the report can name what it shows:\n%s", dirty)
	}

	fmt.Fprintf(out, "evidence %s: %s\n", t.Name, t.Shows)
	began := time.Now()
	var kept report.Tail
	cmd := exec.Command(t.Command[0], t.Command[1:]...)
	cmd.Stdout = io.MultiWriter(out, &kept)
	cmd.Stderr = cmd.Stdout
	err = cmd.Run()
	if err != nil {
		return fmt.Errorf("%s failed after %s, no report written: %w", t.Name, time.Since(began).Round(time.Second), err)
	}

	root, err := os.Getwd()
	if err != nil {
		return err
	}
	home, _ := os.UserHomeDir() // empty when there is none
	text := report.Render(report.Report{
		Target:   t.Name,
		Shows:    t.Shows,
		Commit:   commit,
		Date:     began.UTC(),
		Machine:  machine(),
		Command:  strings.Join(t.Command, " "),
		Duration: time.Since(began),
		ExitCode: cmd.ProcessState.ExitCode(),
		Output:   report.Anonymous(kept.String(), root, home),
	})
	file := filepath.Join(reports, t.Name+".md")
	if err := os.MkdirAll(reports, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(out, "evidence %s: wrote %s\n", t.Name, file)
	return nil
}
