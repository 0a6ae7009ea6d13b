package main

import (
	"os"
	"os/exec"

	"github.com/spf13/cobra"
)

func logs(open opener) *cobra.Command {
	var node string
	var follow bool
	c := &cobra.Command{
		Use:     "logs COMPONENT",
		Short:   "Print the log of a component",
		Example: `  testbed logs kubelet --node n2 --follow`,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			dir, err := open()
			if err != nil {
				return err
			}
			if _, err := os.Stat(dir.Log(node, args[0])); err != nil {
				return err
			}
			tail := []string{"--lines=+1"}
			if follow {
				tail = append(tail, "--follow=name")
			}
			cmd := exec.CommandContext(c.Context(), "tail", append(tail, dir.Log(node, args[0]))...)
			cmd.Stdout, cmd.Stderr = c.OutOrStdout(), c.ErrOrStderr()
			return cmd.Run()
		},
	}
	nodeFlag(c, &node)
	c.Flags().BoolVarP(&follow, "follow", "f", false, "go on as the log grows")
	return c
}

func nodeFlag(c *cobra.Command, node *string) {
	c.Flags().StringVar(node, "node", "n1", "name of the node")
}
