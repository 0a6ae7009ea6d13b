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
		Long: `weft-agent is the first process of a sidecar of the weft service mesh. It gets the workload's identity, connects
Envoy with the control plane, and starts and drains Envoy. As init container it leads the pod's traffic through Envoy.

A flag that is not given is taken from the environment: --operator-name from WEFT_OPERATOR_NAME.`,
		SilenceUsage:      true,
		PersistentPreRunE: fromEnvironment,
	}
	c.AddCommand(proxyCommand(), redirectCommand(), configDumpCommand(), version.Command(c.Name()))
	return c
}
