// Command kubectl-weft is the kubectl plugin of weft. On the PATH, it is called as kubectl weft.
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
		Use:   "kubectl-weft",
		Short: "See and steer a weft service mesh",
		Long: `kubectl weft is to show and steer a weft service mesh with the rights of its user; this release only has the
version command.`,
		SilenceUsage: true,
		Annotations:  map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl weft"},
	}
	c.AddCommand(version.Command(c.Name()))
	return c
}
