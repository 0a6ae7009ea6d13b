package main

import (
	"os"
	"os/exec"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/weft-mesh/weft/hack/testbed/internal/cluster"
)

func inNode(open opener) *cobra.Command {
	var node string
	c := &cobra.Command{
		Use:     "exec [--node NODE] -- COMMAND",
		Short:   "Run a command inside a node's namespaces",
		Example: `  testbed exec --node n2 -- ip route`,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			dir, err := open()
			if err != nil {
				return err
			}
			bed, err := cluster.Open(dir)
			if err != nil {
				return err
			}
			pid, err := bed.PID(node)
			if err != nil {
				return err
			}
			enter := []string{"--target", strconv.Itoa(pid), "--mount", "--pid", "--net", "--uts", "--ipc", "--"}
			cmd := exec.CommandContext(c.Context(), "nsenter", append(enter, args...)...)
			cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
			cmd.Env = append(os.Environ(), dir.Mark())
			return cmd.Run()
		},
	}
	nodeFlag(c, &node)
	return c
}
