package tally

import "strings"

// end counts a package's tests and keeps the output that explains what did not pass.
func (p *running) end(e Event, build string) Package {
	out := Package{Name: e.Package, Failed: e.Action == "fail", Seconds: e.Elapsed}
	var explain strings.Builder
	for _, t := range p.tests {
		counts := p.count(t)
		if counts.Failed > 0 && len(counts.Failures) == 0 {
			counts.Failures = []string{t.name}
		}
		for i, name := range counts.Failures {
			counts.Failures[i] = e.Package + " " + name
		}
		out.Counts = out.Counts.Plus(counts)
		if t.action != "pass" || counts.Skipped > 0 {
			explain.WriteString(t.output.String())
		}
	}
	if out.Failed {
		if out.Counts.Failed == 0 {
			out.Counts.Failed, out.Counts.Failures = 1, []string{e.Package}
		}
		explain.WriteString(build)
		explain.WriteString(p.output.String())
	}
	out.Output = explain.String()
	return out
}

func (p *running) count(t *test) Counts {
	failed := t.action != "pass" && t.action != "skip" // a test that did not end has failed
	if t.children {
		if failed && !p.failedBelow(t.name) {
			return Counts{Failed: 1}
		}
		return Counts{}
	}
	if specs, ok := ginkgoSpecs(t.output.String()); ok {
		if failed && specs.Failed == 0 {
			specs.Failed = 1
		}
		return specs
	}
	switch {
	case failed:
		return Counts{Failed: 1}
	case t.action == "skip":
		return Counts{Skipped: 1}
	}
	return Counts{Passed: 1}
}

func (p *running) failedBelow(name string) bool {
	for _, t := range p.tests {
		if strings.HasPrefix(t.name, name+"/") && t.action != "pass" && t.action != "skip" {
			return true
		}
	}
	return false
}
