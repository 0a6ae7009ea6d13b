package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-mesh/weft/internal/cli/dump"
	"github.com/weft-mesh/weft/internal/cli/view"
)

const allTypes = "all"

func proxyConfig(world World, flags *Flags) *cobra.Command {
	var of, name, output string
	types := []string{allTypes}
	for _, t := range dump.Types {
		types = append(types, string(t))
	}
	outputs := []string{view.OutputTable, view.OutputYAML, view.OutputJSON}
	c := &cobra.Command{
		Use:   "config POD",
		Short: "Show the configuration that a proxy really has",
		Long: `Asks the proxy in a pod for the configuration that it has, whatever the operator has sent. A version is the operator's;
Envoy keeps none of endpoints. What Envoy has rejected is shown with its reason. Secrets are not shown. Without --type and
--name a table begins with the scope: which Services of the mesh the proxy knows, and why.

It takes the right to create pods/exec in the pod's namespace.`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: podNames(world, flags),
		RunE: func(c *cobra.Command, args []string) error {
			if err := oneOf("--type", of, types); err != nil {
				return err
			}
			if err := oneOf("--output", output, outputs); err != nil {
				return err
			}
			cluster, err := world.Connect(flags)
			if err != nil {
				return err
			}
			all, err := readProxy(c.Context(), cluster, args[0])
			if err != nil {
				return err
			}
			wanted := dump.Type(of)
			if of == allTypes {
				wanted = ""
			}
			found := dump.Select(all, wanted, name)
			if len(found) == 0 && name != "" {
				return fmt.Errorf("the proxy of pod %s/%s has nothing with the name %s among %s", cluster.Namespace, args[0], name, of)
			}
			text, err := view.ProxyConfig(found, output, world.Now())
			if err != nil {
				return err
			}
			if wanted == "" && name == "" && output == view.OutputTable {
				text = view.Scope(dump.ScopeOf(all, cluster.Namespace)) + "\n" + text
			}
			fmt.Fprint(c.OutOrStdout(), text)
			return nil
		},
	}
	c.Flags().StringVar(&of, "type", allTypes, "what to show: "+strings.Join(types, ", "))
	c.Flags().StringVar(&name, "name", "", "only what has this name")
	c.Flags().StringVarP(&output, "output", "o", view.OutputTable, "how to show it: "+strings.Join(outputs, ", "))
	complete(c, "type", types...)
	complete(c, "output", outputs...)
	complete(c, "name")
	return c
}

func oneOf(flag, value string, values []string) error {
	if slices.Contains(values, value) {
		return nil
	}
	return fmt.Errorf("%s is %q: it is one of %s", flag, value, strings.Join(values, ", "))
}

// complete offers fixed values for a flag.
func complete(c *cobra.Command, flag string, values ...cobra.Completion) {
	if err := c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // the flag is not there
	}
}
