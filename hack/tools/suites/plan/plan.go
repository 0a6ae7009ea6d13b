// Package plan says which suites there are and in which order they and the test bed run.
package plan

import (
	"fmt"
	"slices"
	"strings"
)

// Suite is a set of Go tests that need the same surroundings.
type Suite struct {
	Name string
	Runs []Run
	Env  []string // a command that prints the environment as export lines
	Args []string // for the test program
	Live bool     // tests are slow: show what they print at once
}

// Run is one call of go test.
type Run struct {
	Dir      string // the module, from the repository's root
	Packages string
	Except   string // packages below this folder belong to other suites
}

// Step is a suite or a command. After a failed command the later steps do not run; after a failed test they do.
type Step struct {
	Suite   *Suite
	Command []string
	Undo    []string // runs at the end, whatever happened since the command was started
}

const testbed = "bin/testbed"

var (
	unit = Suite{
		Name: "unit",
		Runs: []Run{
			{Dir: ".", Packages: "./...", Except: "test"},
			{Dir: "examples/bookstore", Packages: "./..."},
			{Dir: "hack/demo", Packages: "./..."},
			{Dir: "hack/images", Packages: "./..."},
			{Dir: "hack/testbed", Packages: "./..."},
			{Dir: "hack/tools", Packages: "./..."},
			{Dir: "test/argocd", Packages: "./..."},
			{Dir: "test/policy", Packages: "./..."},
		},
	}
	envtest = Suite{
		Name: "envtest",
		Runs: []Run{
			{Dir: ".", Packages: "./test/envoy/..."},
			{Dir: ".", Packages: "./test/envtest/..."},
			{Dir: ".", Packages: "./test/crash/..."},
		},
		Env: []string{testbed, "env", "--assets"},
	}
	e2e = Suite{
		Name: "e2e",
		Runs: []Run{{Dir: ".", Packages: "./test/e2e/..."}},
		Env:  []string{testbed, "env"},
		Args: []string{"-ginkgo.v", "-ginkgo.no-color"},
		Live: true,
	}

	suites = []*Suite{&unit, &envtest, &e2e}

	// all puts the cheap suites first, so that a test bed that does not start holds up only those that need it. The
	// end-to-end tests get a bed of their own: one that is up already goes down before.
	all = []Step{
		{Suite: &unit},
		{Command: []string{testbed, "build", "kubernetes"}},
		{Suite: &envtest},
		{Command: []string{"make", "--silent", "images"}},
		{Command: []string{testbed, "down"}},
		{
			Command: []string{testbed, "up", "--nodes", "2", "--with", "cert-manager,metrics-server,prometheus"},
			Undo:    []string{testbed, "down"},
		},
		{Suite: &e2e},
	}
)

// For turns the program's arguments into steps.
func For(args []string) ([]Step, error) {
	if slices.Equal(args, []string{"all"}) {
		return all, nil
	}
	var steps []Step
	for _, name := range args {
		i := slices.IndexFunc(suites, func(s *Suite) bool { return s.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("no suite %q: name some of %s, or all", name, names())
		}
		steps = append(steps, Step{Suite: suites[i]})
	}
	if len(steps) == 0 {
		return nil, fmt.Errorf("name some of %s, or all", names())
	}
	return steps, nil
}

// String names the step for progress lines.
func (s Step) String() string {
	if s.Suite != nil {
		return "suite " + s.Suite.Name
	}
	return strings.Join(s.Command, " ")
}

func names() string {
	var out []string
	for _, s := range suites {
		out = append(out, s.Name)
	}
	return strings.Join(out, ", ")
}
