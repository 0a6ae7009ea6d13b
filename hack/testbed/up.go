package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/weft-mesh/weft/hack/testbed/internal/cluster"
	"github.com/weft-mesh/weft/hack/testbed/internal/layout"
)

func up(open opener) *cobra.Command {
	var shape cluster.Shape
	var only string
	c := &cobra.Command{
		Use:   "up",
		Short: "Start the cluster, building what is missing",
		Example: `  testbed up
  testbed up --nodes 2 --with cert-manager,metrics-server,prometheus
  testbed up --only apiserver`,
		Args: cobra.NoArgs,
		RunE: locked(open, func(ctx context.Context, dir layout.Dir, _ []string) error {
			shape.OnlyAPIServer = only != ""
			return cluster.Up(ctx, dir, shape)
		}),
	}
	c.Flags().IntVar(&shape.Nodes, "nodes", 1, "number of nodes, 1 or 2")
	c.Flags().Var(&choice{value: &only, allowed: []string{"apiserver"}}, "only", "start just this: apiserver")
	c.Flags().StringSliceVar(&shape.With, "with", nil, "add-ons to start: cert-manager, metrics-server, prometheus")
	return c
}

func down(open opener) *cobra.Command {
	return &cobra.Command{
		Use:   "down",
		Short: "End the cluster and check that nothing of it is left on the host",
		Long: `End the cluster, whatever state it is in, also after an interrupted start.
Fails and lists them when processes, mounts, links, rules, cgroups or files are left. Caches are kept.`,
		Args: cobra.NoArgs,
		RunE: locked(open, func(ctx context.Context, dir layout.Dir, _ []string) error { return cluster.Down(ctx, dir) }),
	}
}
