package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"time"

	"github.com/weft-mesh/weft/docs/plots/curve"
)

// bench is one run.
type bench struct {
	tools    tools
	page     *page
	sizes    []int
	samples  int
	patience time.Duration // for the changes of one kind with one number of clients
	envoy    string        // its path
	begun    time.Time
}

func main() {
	sizes := flag.String("clients", "10,100,1000,4000", "numbers of clients, growing")
	samples := flag.Int("changes", 100, "how many changes of each kind for each number of clients, at most")
	patience := flag.Duration("patience", 30*time.Second, "how long to go on with changes of one kind; 5 are always made")
	folder := flag.String("write", "", "write benchmarks-peers.md and its pictures below this folder")
	flag.Parse()
	if os.Getenv("ENVOY") == "" {
		fmt.Fprintln(os.Stderr, "bench-peers: the environment variable ENVOY must be the path of an Envoy")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	b := &bench{page: &page{charts: map[string]curve.Chart{}}, samples: *samples, patience: *patience, envoy: os.Getenv("ENVOY"), begun: time.Now()}
	err := b.run(ctx, strings.Split(*sizes, ","))
	if err == nil && *folder != "" {
		err = b.page.write(*folder)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-peers:", err)
		stop()
		os.Exit(1)
	}
}

func (b *bench) run(ctx context.Context, sizes []string) error {
	for _, text := range sizes {
		size, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("number of clients: %w", err)
		}
		b.sizes = append(b.sizes, size)
	}
	folder, err := os.MkdirTemp("", "bench-peers-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	b.tools = tools{folder}
	b.progress("building the programs; Istio takes some minutes the first time")
	if err := command(ctx, "go", "build", "-o", folder+"/", "./weft", "./istio", "./bare", "./clients"); err != nil {
		return err
	}
	for _, section := range []func(context.Context) error{b.tellChanges, b.tellCrowds, b.tellGeneration, b.tellWeights} {
		if err := section(ctx); err != nil {
			return err
		}
	}
	introduction, err := b.introduction(ctx)
	if err != nil {
		return err
	}
	b.page.begin(introduction)
	return nil
}

// progress tells who waits what is going on.
func (b *bench) progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%7.1fs  %s\n", time.Since(b.begun).Seconds(), fmt.Sprintf(format, args...))
}

func command(ctx context.Context, name string, args ...string) error {
	c := exec.CommandContext(ctx, name, args...)
	c.Stdout, c.Stderr = os.Stderr, os.Stderr
	if err := c.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return nil
}
