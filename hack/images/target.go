package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// target is one image of a release. The Dockerfile has a stage of the same name; a test keeps the two equal.
type target struct {
	name    string
	title   string // for people
	program string // folder below cmd and file below /usr/local/bin
	user    string // uid:gid
	base    bool   // stands on the base image that the user chose, else on nothing
	envoy   bool   // carries Envoy and the libraries that it needs
}

var targets = []target{
	{name: "operator", title: "weft operator", program: "weft-operator", user: "65532:65532", base: true},
	{name: "agent", title: "weft agent with Envoy", program: "weft-agent", user: "1337:1337", envoy: true},
}

// path is where the program is in the image.
func (t target) path() string { return "/usr/local/bin/" + t.program }

// ref is the name of the image.
func (t target) ref(tag string) string { return "weft.local/" + t.name + ":" + tag }

func (t target) labels() map[string]string {
	return map[string]string{
		"org.opencontainers.image.title":    t.title,
		"org.opencontainers.image.source":   "https://github.com/weft-mesh/weft",
		"org.opencontainers.image.licenses": "Apache-2.0",
	}
}

// named returns the targets with these names, or all when there are none.
func named(names []string) ([]target, error) {
	if len(names) == 0 {
		return targets, nil
	}
	var chosen []target
	for _, name := range names {
		i := slices.IndexFunc(targets, func(t target) bool { return t.name == name })
		if i < 0 {
			return nil, fmt.Errorf("no target %q; there are %s", name, strings.Join(targetNames(), " and "))
		}
		chosen = append(chosen, targets[i])
	}
	return chosen, nil
}

func targetNames() []string {
	var names []string
	for _, t := range targets {
		names = append(names, t.name)
	}
	return names
}

func targetsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "targets",
		Short: "List the images that can be built",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			for _, t := range targets {
				if _, err := fmt.Fprintf(c.OutOrStdout(), "%-10s %s\n", t.name, t.title); err != nil {
					return err
				}
			}
			return nil
		},
	}
}
