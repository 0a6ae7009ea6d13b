// Command testbed runs a real Kubernetes cluster, one or two nodes, from language and OS packages alone.
// docs/testbed.md tells how it works and what it can do to a cluster on purpose.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/weft-mesh/weft/hack/testbed/internal/layout"
	"github.com/weft-mesh/weft/hack/testbed/internal/node"
)

func main() {
	// A child that dies with its parent is tied to the thread that started it, so that thread must stay.
	runtime.LockOSThread()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := root().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "testbed:", err)
		os.Exit(1)
	}
}

func root() *cobra.Command {
	var state string
	c := &cobra.Command{
		Use:           "testbed",
		Short:         "A real Kubernetes cluster for weft's tests and demo",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	c.PersistentFlags().StringVar(&state, "state", layout.Default(), "directory that holds the bed and its caches")
	open := func() (layout.Dir, error) { return layout.Open(state) }
	c.AddCommand(
		up(open), down(open), status(open), env(open), logs(open), loadImage(open), build(open), packages(),
		inNode(open), fault(open), initNode(),
	)
	return c
}

// opener returns the state directory that the user named.
type opener func() (layout.Dir, error)

// locked wraps a command that changes the bed: only one of them may be at work.
func locked(open opener, run func(ctx context.Context, dir layout.Dir, args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		if os.Geteuid() != 0 {
			return fmt.Errorf("%s makes namespaces and mounts; run it as root", c.CommandPath())
		}
		dir, err := open()
		if err != nil {
			return err
		}
		release, err := dir.Acquire()
		if err != nil {
			return err
		}
		defer release()
		return run(c.Context(), dir, args)
	}
}

// initNode is how a node's first process begins; people don't call it.
func initNode() *cobra.Command {
	return &cobra.Command{
		Use: "init DIR NODE", Hidden: true, Args: cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error { return node.Init(layout.Dir(args[0]), args[1]) },
	}
}
