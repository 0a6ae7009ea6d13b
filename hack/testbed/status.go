package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-mesh/weft/hack/testbed/internal/cluster"
	"github.com/weft-mesh/weft/hack/testbed/internal/node"
)

func status(open opener) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show the nodes and components",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			dir, err := open()
			if err != nil {
				return err
			}
			bed, err := cluster.Open(dir)
			if err != nil {
				return err
			}
			out := tabwriter.NewWriter(c.OutOrStdout(), 0, 4, 2, ' ', 0)
			defer out.Flush()
			if !bed.Ready {
				fmt.Fprintln(out, "the start did not finish; `testbed up` cleans up and starts anew")
			}
			fmt.Fprintln(out, "NODE\tCOMPONENT\tSTATE\tAGE")
			for _, name := range bed.NodeNames() {
				if _, err := bed.PID(name); err != nil {
					fmt.Fprintf(out, "%s\t-\tgone\t-\n", name)
					continue
				}
				all, err := bed.Node(name).List(c.Context())
				if err != nil {
					return err
				}
				for _, s := range all {
					fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", name, s.Name, state(s), time.Since(s.Started).Round(time.Second))
				}
			}
			return nil
		},
	}
}

func state(s node.Status) string {
	switch {
	case s.Paused:
		return "paused"
	case s.Running:
		return "running"
	default:
		return "ended: " + s.Exit
	}
}
