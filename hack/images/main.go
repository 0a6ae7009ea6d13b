// Command images builds weft's container images and lists what is in them, without a container daemon. The Dockerfile
// at the root makes the same images for those who have one.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if command().ExecuteContext(ctx) != nil {
		os.Exit(1)
	}
}

func command() *cobra.Command {
	c := &cobra.Command{
		Use:          "images",
		Short:        "Build weft's container images and their SBOMs",
		SilenceUsage: true,
	}
	c.AddCommand(buildCommand(), targetsCommand())
	return c
}
