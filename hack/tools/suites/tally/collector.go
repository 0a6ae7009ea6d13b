package tally

import "strings"

// Event is one line of `go test -json`.
type Event struct {
	Action      string
	Package     string
	Test        string
	Output      string
	ImportPath  string // of build output
	FailedBuild string // the ImportPath whose output says why a package did not build
	Elapsed     float64
}

// Package is the result of one tested package.
type Package struct {
	Name    string
	Failed  bool
	Seconds float64
	Counts  Counts
	Output  string // of the tests that did not pass, or of the build
}

// Collector gathers events until a package has ended. Its zero value is ready.
type Collector struct {
	builds  map[string]string
	running map[string]*running
}

type running struct {
	output strings.Builder // of the package itself
	tests  []*test         // in the order in which they started
	byName map[string]*test
}

type test struct {
	name     string
	action   string // how it ended; empty while it runs
	children bool
	output   strings.Builder
}

// Add takes the next event. It returns true with the package that this event ended, if it had tests.
func (c *Collector) Add(e Event) (Package, bool) {
	if c.running == nil {
		c.builds, c.running = map[string]string{}, map[string]*running{}
	}
	if e.Action == "build-output" {
		c.builds[e.ImportPath] += e.Output
	}
	if e.Package == "" {
		return Package{}, false
	}
	p := c.running[e.Package]
	if p == nil {
		p = &running{byName: map[string]*test{}}
		c.running[e.Package] = p
	}
	if e.Test != "" {
		p.test(e.Test).add(e)
		return Package{}, false
	}
	switch e.Action {
	case "output":
		p.output.WriteString(e.Output)
	case "pass", "fail":
		delete(c.running, e.Package)
		return p.end(e, c.builds[e.FailedBuild]), true
	case "skip": // there are no test files
		delete(c.running, e.Package)
	}
	return Package{}, false
}

func (p *running) test(name string) *test {
	t := p.byName[name]
	if t == nil {
		t = &test{name: name}
		p.byName[name] = t
		p.tests = append(p.tests, t)
		if i := strings.LastIndex(name, "/"); i > 0 {
			p.test(name[:i]).children = true
		}
	}
	return t
}

func (t *test) add(e Event) {
	switch e.Action {
	case "output":
		t.output.WriteString(e.Output)
	case "pass", "fail", "skip":
		t.action = e.Action
	}
}
