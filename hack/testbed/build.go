package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-mesh/weft/hack/testbed/internal/layout"
	"github.com/weft-mesh/weft/hack/testbed/internal/part"
)

func build(open opener) *cobra.Command {
	return &cobra.Command{
		Use:   "build [PART...]",
		Short: "Build parts into the cache and print their directories",
		Long:  "Build parts into the cache and print their directories. Without arguments: all.\nParts: " + strings.Join(part.Names(), ", ") + ".",
		RunE: locked(open, func(ctx context.Context, dir layout.Dir, args []string) error {
			if err := part.Install(ctx); err != nil {
				return err
			}
			if len(args) == 0 {
				args = part.Names()
			}
			for _, name := range args {
				built, err := part.Ensure(ctx, dir, name)
				if err != nil {
					return err
				}
				fmt.Println(built)
			}
			return nil
		}),
	}
}

func packages() *cobra.Command {
	return &cobra.Command{
		Use:   "packages",
		Short: "Print the Debian packages that the bed needs and this host lacks",
		Args:  cobra.NoArgs,
		Run: func(*cobra.Command, []string) {
			for _, name := range part.Missing() {
				fmt.Println(name)
			}
		},
	}
}
