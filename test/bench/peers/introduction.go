package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// introduction says what the page is and where its figures come from.
func (b *bench) introduction(ctx context.Context) (string, error) {
	commit, err := output(ctx, "git", "rev-parse", "--short", "HEAD")
	if err != nil {
		return "", err
	}
	version, err := output(ctx, "go", "list", "-m", "-f", "{{.Version}}", "istio.io/istio")
	if err != nil {
		return "", err
	}
	load, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(`# Benchmarks beside Istio

`+"`make bench-peers`"+` writes this page and its pictures. It runs weft and Istio on the same machine in the same run, on meshes of the
same shape, in turn, and prints ratios: how many times less weft needs. Below 1 it needs more.

%s, commit %s, Istio %s, %s, a virtual machine with %d cores; it took %s. **The figures in time are noisy**: the machine had
other work at times (load %s at the end), and servers and clients share its cores. Bytes, allocations and numbers of responses hardly
differ from run to run.

Both control planes are driven without an API server: Istio by its own fake discovery server, weft by a small program around the
operator's packages. Neither side encrypts its streams.

`, b.begun.UTC().Format("2006-01-02 15:04 UTC"), commit, version, runtime.Version(), runtime.NumCPU(),
		time.Since(b.begun).Round(time.Second), strings.Fields(string(load))[0]), nil
}

func output(ctx context.Context, name string, args ...string) (string, error) {
	text, err := exec.CommandContext(ctx, name, args...).Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(text)), nil
}
