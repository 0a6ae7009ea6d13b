// Command weft-operator is weft's control plane.
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
		Use:   "weft-operator",
		Short: "Control plane of the weft service mesh",
		Long: `weft-operator is to be the control plane of the weft service mesh, which injects sidecars, signs their
certificates, configures their proxies and decides on releases; this release only has the version command.`,
		SilenceUsage: true,
	}
	c.AddCommand(version.Command(c.Name()))
	return c
}
