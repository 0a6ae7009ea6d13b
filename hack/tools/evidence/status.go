package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/weft-mesh/weft/hack/tools/evidence/report"
)

// status prints one line for each target.
func status(out io.Writer) error {
	for _, t := range targets {
		text, err := os.ReadFile(filepath.Join(reports, t.Name+".md"))
		if errors.Is(err, fs.ErrNotExist) {
			fmt.Fprintf(out, "%-12s no report yet\n", t.Name)
			continue
		}
		if err != nil {
			return err
		}
		commit, err := report.Commit(string(text))
		if err != nil {
			return fmt.Errorf("%s: %w", t.Name, err)
		}
		age, changed, err := since(commit)
		if err != nil {
			return err
		}
		verdict := "counts"
		if file, stale := report.Stale(changed, t.Paths); stale {
			verdict = "stale: " + file + " changed since"
		}
		fmt.Fprintf(out, "%-12s %.12s, %s commits ago: %s\n", t.Name, commit, age, verdict)
	}
	return nil
}

// since says how many commits came after one, and which files differ now, whether committed or not.
func since(commit string) (age string, changed []string, err error) {
	age, err = git("rev-list", "--count", commit+"..HEAD")
	if err != nil {
		return "", nil, err
	}
	differ, err := git("diff", "--name-only", commit)
	if err != nil {
		return "", nil, err
	}
	added, err := git("ls-files", "--others", "--exclude-standard")
	if err != nil {
		return "", nil, err
	}
	return age, append(strings.Fields(differ), strings.Fields(added)...), nil
}
