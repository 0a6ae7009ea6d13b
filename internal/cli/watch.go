package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/cli/view"
)

func watchCanary(world World, flags *Flags) *cobra.Command {
	var revision string
	c := &cobra.Command{
		Use:   "watch NAME",
		Short: "Print each change until the run ends",
		Long: `Prints a line whenever something changes, until the run ends. A run that has ended already is told at once; with
--revision, only the end of a run of that revision counts.

The exit code is 0 when the new version was promoted, 2 when it was rolled back.`,
		RunE: func(c *cobra.Command, args []string) error {
			cluster, err := world.Connect(flags)
			if err != nil {
				return err
			}
			var last *v1alpha1.Canary
			err = follow(c.Context(), world, cluster, args[0], func(object *v1alpha1.Canary) bool {
				if last == nil || view.Mark(last) != view.Mark(object) {
					fmt.Fprintln(c.OutOrStdout(), view.Line(object, world.Now()))
				}
				last = object
				return view.Ended(object, revision)
			})
			if c.Context().Err() != nil {
				return exitInterrupted
			}
			if err == nil && last.Status.Phase == v1alpha1.CanaryRolledBack {
				return exitRolledBack
			}
			return err
		},
	}
	c.Flags().StringVar(&revision, "revision", "", "pod-template-hash of the revision whose run is awaited")
	return c
}
