package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// figures of one Go benchmark: the least of all runs, by unit.
type figures map[string]float64

// suite is a test program with benchmarks.
type suite struct {
	pack, program, folder, pattern string
}

const generationRuns = 5

// generation runs the benchmarks of both sides in turn, and returns what they printed by their names.
func (b *bench) generation(ctx context.Context) (map[string]figures, error) {
	folder, err := output(ctx, "go", "list", "-f", "{{.Dir}}", "istio.io/istio/pilot/pkg/xds")
	if err != nil {
		return nil, err
	}
	suites := []suite{
		{"github.com/weft-mesh/weft/internal/translate/xds", "ours.test", ".", "^BenchmarkGeneration$"},
		{"istio.io/istio/pilot/pkg/xds", "theirs.test", folder, "^Benchmark(Cluster|Listener|Route)Generation$/^(http|tcp|virtualservice)$"},
		{"./istio", "more.test", ".", "."},
	}
	for _, s := range suites {
		if err := command(ctx, "go", "test", "-c", "-o", b.tools.path(s.program), s.pack); err != nil {
			return nil, err
		}
	}
	all := map[string]figures{}
	for range generationRuns {
		for _, s := range suites {
			run := exec.CommandContext(ctx, b.tools.path(s.program), "-test.run=^$", "-test.benchmem", "-test.benchtime=100ms", "-test.bench="+s.pattern)
			run.Dir, run.Stderr = s.folder, os.Stderr
			text, err := run.Output()
			if err != nil {
				return nil, fmt.Errorf("benchmarks of %s: %w\n%s", s.pack, err, text)
			}
			collect(all, string(text))
		}
	}
	b.progress("generation: %d runs", generationRuns)
	return all, nil
}

var benchmarkLine = regexp.MustCompile(`^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(.*)$`)

// collect adds what a test program printed. It keeps the least, which other work on the machine disturbs least.
func collect(all map[string]figures, text string) {
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		match := benchmarkLine.FindStringSubmatch(lines.Text())
		if match == nil {
			continue
		}
		if all[match[1]] == nil {
			all[match[1]] = figures{}
		}
		words := strings.Fields(match[2])
		for i := 0; i+1 < len(words); i += 2 {
			value, err := strconv.ParseFloat(words[i], 64)
			if old, known := all[match[1]][words[i+1]]; err == nil && (!known || value < old) {
				all[match[1]][words[i+1]] = value
			}
		}
	}
}
