// Package rules holds the repository's own rules. A rule takes the files and returns what it looked at and what
// breaks it. It reads nothing else. Each rule is one file.
package rules

import (
	"iter"
	"maps"
	"slices"
	"strings"
)

// Files maps a path, relative to the repository's root, to its text.
type Files map[string]string

// Result is what one rule says.
type Result struct {
	Rule     string
	Looked   string // how much it looked at, so that an empty search is seen
	Findings []Finding
}

// Finding is one place that breaks a rule.
type Finding struct {
	File string
	Line int
	Fix  string
}

// All lists the rules in the order they are shown.
var All = []func(Files) Result{Purity, CABundle, Hosts, CRDUpgrade}

// under yields the files inside a folder, sorted by path. The folder "." is the whole repository.
func (f Files) under(folder string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, name := range slices.Sorted(maps.Keys(f)) {
			if (folder == "." || strings.HasPrefix(name, folder+"/")) && !yield(name, f[name]) {
				return
			}
		}
	}
}
