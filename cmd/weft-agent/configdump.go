package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/weft-mesh/weft/internal/agent/bootstrap"
	"github.com/weft-mesh/weft/internal/agent/envoy"
)

// adminURL is where the Envoy beside this agent is administered.
func adminURL() string {
	return fmt.Sprintf("http://%s:%d", bootstrap.AdminAddress, bootstrap.AdminPort)
}

func configDumpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "config-dump",
		Short: "Print the configuration that Envoy has, as Envoy's JSON without private keys",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			admin := envoy.Admin{URL: adminURL()}
			return admin.ConfigDump(c.Context(), c.OutOrStdout())
		},
	}
}
