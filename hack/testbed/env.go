package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/weft-mesh/weft/hack/testbed/internal/cluster"
	"github.com/weft-mesh/weft/hack/testbed/internal/part"
)

func env(open opener) *cobra.Command {
	var assets bool
	c := &cobra.Command{
		Use:   "env",
		Short: "Print shell lines that point kubectl and envtest at the bed",
		Example: `  eval "$(testbed env)"
  eval "$(testbed env --assets)"   # envtest and tests with an Envoy; needs no running bed`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			dir, err := open()
			if err != nil {
				return err
			}
			kubernetes, err := part.Ensure(c.Context(), dir, "kubernetes")
			if err != nil {
				return err
			}
			envoy, err := part.Ensure(c.Context(), dir, "envoy")
			if err != nil {
				return err
			}
			out := c.OutOrStdout()
			fmt.Fprintf(out, "export KUBEBUILDER_ASSETS=%q\n", kubernetes)
			fmt.Fprintf(out, "export ENVOY=%q\n", filepath.Join(envoy, "envoy"))
			if assets {
				return nil
			}
			bed, err := cluster.Open(dir)
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "export KUBECONFIG=%q\n", bed.Kubeconfig())
			fmt.Fprintf(out, "export PATH=\"%s:$PATH\"\n", kubernetes)
			return nil
		},
	}
	c.Flags().BoolVar(&assets, "assets", false, "only KUBEBUILDER_ASSETS and ENVOY")
	return c
}
