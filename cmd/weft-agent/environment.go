package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// fromEnvironment sets the flags that were not given.
func fromEnvironment(c *cobra.Command, _ []string) error {
	var failed error
	c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		name := "WEFT_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value, ok := os.LookupEnv(name)
		if f.Changed || !ok || failed != nil {
			return
		}
		if err := c.Flags().Set(f.Name, value); err != nil {
			failed = fmt.Errorf("environment variable %s: %w", name, err)
		}
	})
	return failed
}
