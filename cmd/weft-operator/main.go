// Command weft-operator is weft's control plane.
package main

import (
	"os"

	"github.com/spf13/cobra"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/weft-mesh/weft/internal/version"
)

func main() {
	if command().ExecuteContext(ctrl.SetupSignalHandler()) != nil {
		os.Exit(1)
	}
}

func command() *cobra.Command {
	var o options
	c := &cobra.Command{
		Use:   "weft-operator",
		Short: "Control plane of the weft service mesh",
		Long: `weft-operator is the control plane of the weft service mesh: it injects sidecars, signs their certificates, configures
their proxies and decides on releases. It runs in a cluster, in two replicas or more. Every replica serves sidecars;
one of them leads and writes.`,
		Args:         cobra.NoArgs,
		SilenceUsage: true,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return run(c.Context(), o)
		},
	}
	o.register(c.Flags(), os.Getenv)
	c.AddCommand(version.Command(c.Name()))
	return c
}
