package version

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Command makes the version command of a program.
func Command(program string) *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "version",
		Short: "Print which build this is",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			build, ok := debug.ReadBuildInfo()
			if !ok {
				return errors.New("this binary carries no build information")
			}
			return write(c.OutOrStdout(), From(program, build), format)
		},
	}
	c.Flags().StringVarP(&format, "output", "o", "text", "output format: text or json")
	return c
}

func write(w io.Writer, info Info, format string) error {
	switch format {
	case "text":
		_, err := fmt.Fprintln(w, info)
		return err
	case "json":
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(info)
	default:
		return fmt.Errorf("output format %q: use text or json", format)
	}
}
