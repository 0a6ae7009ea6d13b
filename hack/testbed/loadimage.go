package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-mesh/weft/hack/testbed/internal/cluster"
	"github.com/weft-mesh/weft/hack/testbed/internal/image"
	"github.com/weft-mesh/weft/hack/testbed/internal/layout"
)

func loadImage(open opener) *cobra.Command {
	var as string
	c := &cobra.Command{
		Use:   "load-image IMAGE...",
		Short: "Load images into all nodes",
		Long: `Load images into all nodes. IMAGE is the path of a .tar as docker save writes it, or the name of an image that
the bed can make: ` + strings.Join(image.Names(), ", ") + `.
A made image is called testbed.local/NAME:1; use imagePullPolicy Never or IfNotPresent.`,
		Example: `  testbed load-image envoy nft
  testbed load-image dist/operator.tar`,
		Args: cobra.MinimumNArgs(1),
		RunE: locked(open, func(ctx context.Context, dir layout.Dir, args []string) error {
			bed, err := cluster.Open(dir)
			if err != nil {
				return err
			}
			return bed.Load(ctx, args, as)
		}),
	}
	c.Flags().StringVar(&as, "as", "", "a second reference for the one image that the bed makes")
	return c
}
