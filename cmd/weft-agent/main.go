// Command weft-agent is the process beside Envoy in every sidecar.
package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/weft-mesh/weft/internal/version"
)

func main() {
	if command().Execute() != nil {
		os.Exit(1)
	}
}

func command() *cobra.Command {
	c := &cobra.Command{
		Use:   "weft-agent",
		Short: "Agent beside Envoy in a sidecar of the weft service mesh",
		Long: `weft-agent is to be the first process of a sidecar of the weft service mesh, which starts and drains Envoy and
connects it with the control plane; this release only has the version command.`,
		SilenceUsage: true,
	}
	c.AddCommand(version.Command(c.Name()))
	return c
}
