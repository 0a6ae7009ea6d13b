package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/cli/view"
)

func canary(world World, flags *Flags) *cobra.Command {
	c := &cobra.Command{
		Use:   "canary",
		Short: "See and steer one canary",
		Long: `Shows and steers a canary. No command edits the spec: an order stands in an annotation, with who gave it, when, and the
revision that it is about.`,
		Example: `  kubectl weft canary explain reviews -n shop
  kubectl weft canary pause reviews -n shop
  kubectl weft canary watch reviews -n shop --revision 6d4f8b9c7`,
	}
	c.AddCommand(
		canaryStatus(world, flags),
		explainCanary(world, flags),
		watchCanary(world, flags),
		order(world, flags, v1alpha1.ActionPause, "Stay at the present weight, with the clock of the deadline stopped"),
		order(world, flags, v1alpha1.ActionResume, "Go on after a pause, whether a person or the spec wanted it"),
		order(world, flags, v1alpha1.ActionAbort, "Send all requests back to the stable version"),
		order(world, flags, v1alpha1.ActionPromote, "Take the remaining steps without waiting for time and evidence"),
		order(world, flags, v1alpha1.ActionRetry, "Try a revision again that was rolled back"),
	)
	for _, below := range c.Commands() {
		below.Args = cobra.ExactArgs(1)
		below.ValidArgsFunction = canaryNames(world, flags)
		if below.Flags().Lookup("revision") != nil {
			_ = below.RegisterFlagCompletionFunc("revision", revisions(world, flags)) // it fails for an unknown flag only
		}
	}
	return c
}

func canaryStatus(world World, flags *Flags) *cobra.Command {
	return &cobra.Command{
		Use:   "status NAME",
		Short: "Show where a canary stands and why",
		RunE: func(c *cobra.Command, args []string) error {
			cluster, err := world.Connect(flags)
			if err != nil {
				return err
			}
			object, err := readCanary(c.Context(), cluster, args[0])
			if err != nil {
				return err
			}
			fmt.Fprint(c.OutOrStdout(), view.Canary(object, world.Now()))
			return nil
		},
	}
}

func readCanary(ctx context.Context, cluster Cluster, name string) (*v1alpha1.Canary, error) {
	object := &v1alpha1.Canary{}
	err := cluster.Get(ctx, client.ObjectKey{Namespace: cluster.Namespace, Name: name}, object)
	if apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("there is no Canary %s in namespace %s", name, cluster.Namespace)
	}
	if err != nil {
		return nil, fmt.Errorf("read Canary %s/%s: %w", cluster.Namespace, name, err)
	}
	return object, nil
}

// canaryNames completes the name of a Canary in the namespace that the flags name.
func canaryNames(world World, flags *Flags) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		cluster, err := world.Connect(flags)
		if len(args) > 0 || err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		list := &v1alpha1.CanaryList{}
		if err := cluster.List(c.Context(), list, client.InNamespace(cluster.Namespace)); err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var names []cobra.Completion
		for _, item := range list.Items {
			names = append(names, cobra.CompletionWithDesc(item.Name, string(item.Status.Phase)))
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}

// revisions completes a revision of the Canary that is named already: the run's and those of past runs.
func revisions(world World, flags *Flags) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		cluster, err := world.Connect(flags)
		if len(args) == 0 || err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		object, err := readCanary(c.Context(), cluster, args[0])
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var out []cobra.Completion
		if run := object.Status.Run; run != nil && run.Revision != "" {
			out = append(out, cobra.CompletionWithDesc(run.Revision, string(object.Status.Phase)))
		}
		for _, r := range object.Status.History {
			out = append(out, cobra.CompletionWithDesc(r.Revision, string(r.Phase)))
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}
