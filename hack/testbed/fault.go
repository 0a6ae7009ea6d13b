package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-mesh/weft/hack/testbed/internal/cluster"
	"github.com/weft-mesh/weft/hack/testbed/internal/layout"
	"github.com/weft-mesh/weft/hack/testbed/internal/network"
	"github.com/weft-mesh/weft/hack/testbed/internal/progress"
)

func fault(open opener) *cobra.Command {
	c := &cobra.Command{Use: "fault", Short: "Break something on purpose, and mend it"}
	c.AddCommand(
		signalComponent(open, "pause", "Stop a component without ending it (SIGSTOP)", syscall.SIGSTOP),
		signalComponent(open, "resume", "Let a paused component go on (SIGCONT)", syscall.SIGCONT),
		signalComponent(open, "kill", "Kill a component (SIGKILL); it stays dead until restart", syscall.SIGKILL),
		restart(open), partition(open), loss(open), heal(open), proxy(),
	)
	return c
}

func signalComponent(open opener, verb, short string, sig syscall.Signal) *cobra.Command {
	var node string
	c := &cobra.Command{
		Use: verb + " COMPONENT", Short: short, Args: cobra.ExactArgs(1),
		Example: fmt.Sprintf("  testbed fault %s kubelet --node n2", verb),
		RunE: locked(open, func(ctx context.Context, dir layout.Dir, args []string) error {
			bed, err := cluster.Open(dir)
			if err != nil {
				return err
			}
			if err := bed.Node(node).Signal(ctx, args[0], sig); err != nil || sig != syscall.SIGKILL {
				return err
			}
			return ended(ctx, bed, node, args[0])
		}),
	}
	nodeFlag(c, &node)
	return c
}

func restart(open opener) *cobra.Command {
	var node string
	c := &cobra.Command{
		Use: "restart COMPONENT", Short: "End a component and start it again as before", Args: cobra.ExactArgs(1),
		RunE: locked(open, func(ctx context.Context, dir layout.Dir, args []string) error {
			bed, err := cluster.Open(dir)
			if err != nil {
				return err
			}
			status, err := bed.Node(node).Status(ctx, args[0])
			if err != nil {
				return err
			}
			if status.Running {
				if err := bed.Node(node).Signal(ctx, args[0], syscall.SIGKILL); err != nil {
					return err
				}
				if err := ended(ctx, bed, node, args[0]); err != nil {
					return err
				}
			}
			return bed.Node(node).Restart(ctx, args[0])
		}),
	}
	nodeFlag(c, &node)
	return c
}

func ended(ctx context.Context, bed *cluster.Bed, node, component string) error {
	return progress.Wait(ctx, component+" on "+node+" to end", 10*time.Second, func() error {
		status, err := bed.Node(node).Status(ctx, component)
		if err == nil && status.Running {
			err = errors.New("it still runs")
		}
		return err
	})
}

func partition(open opener) *cobra.Command {
	return &cobra.Command{
		Use: "partition A B", Short: "Drop all packets between two nodes, pods or \"host\", by name or address",
		Example: `  testbed fault partition n1 n2`,
		Args:    cobra.ExactArgs(2),
		RunE:    locked(open, func(ctx context.Context, dir layout.Dir, args []string) error { return drop(ctx, dir, args, 100) }),
	}
}

func loss(open opener) *cobra.Command {
	var percent int
	c := &cobra.Command{
		Use: "loss A B", Short: "Drop a share of the packets between two addresses",
		Example: `  testbed fault loss 10.244.1.5 n2 --percent 20`,
		Args:    cobra.ExactArgs(2),
		RunE: locked(open, func(ctx context.Context, dir layout.Dir, args []string) error {
			if percent < 1 || percent > 99 {
				return fmt.Errorf("--percent %d: from 1 to 99; for all packets use partition", percent)
			}
			return drop(ctx, dir, args, percent)
		}),
	}
	c.Flags().IntVar(&percent, "percent", 10, "share of the packets, in percent")
	return c
}

func drop(ctx context.Context, dir layout.Dir, names []string, percent int) error {
	a, err := network.Resolve(names[0])
	if err != nil {
		return err
	}
	b, err := network.Resolve(names[1])
	if err != nil {
		return err
	}
	return everyNode(ctx, dir, network.Drop(a, b, percent))
}

func heal(open opener) *cobra.Command {
	return &cobra.Command{
		Use: "heal", Short: "Take all partitions and losses back", Args: cobra.NoArgs,
		RunE: locked(open, func(ctx context.Context, dir layout.Dir, _ []string) error {
			return everyNode(ctx, dir, network.Heal())
		}),
	}
}

func everyNode(ctx context.Context, dir layout.Dir, rules string) error {
	bed, err := cluster.Open(dir)
	if err != nil {
		return err
	}
	for _, name := range bed.NodeNames() {
		pid, err := bed.PID(name)
		if err != nil {
			return err
		}
		if err := network.Apply(ctx, pid, rules); err != nil {
			return fmt.Errorf("node %s: %w", name, err)
		}
	}
	return nil
}

func proxy() *cobra.Command {
	var s network.Slow
	c := &cobra.Command{
		Use: "proxy LISTEN UPSTREAM", Short: "Carry TCP, slowly or not to the end, until interrupted",
		Example: `  testbed fault proxy 127.0.0.1:16443 10.199.0.1:6443 --latency 300ms
  testbed exec -- testbed fault proxy 10.199.0.1:8080 10.96.7.7:80 --cut-after 4096`,
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			s.Listen, s.Upstream = args[0], args[1]
			return s.Serve(c.Context())
		},
	}
	c.Flags().DurationVar(&s.Latency, "latency", 0, "delay of each chunk towards the client")
	c.Flags().Int64Var(&s.Rate, "rate", 0, "limit towards the client, in KB per second")
	c.Flags().Int64Var(&s.CutAfter, "cut-after", 0, "close the connection after this many bytes towards the client")
	return c
}
