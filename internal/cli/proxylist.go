package cli

import (
	"fmt"

	"github.com/spf13/cobra"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/cli/view"
)

func proxyList(world World, flags *Flags) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Show which proxies are up to date",
		Long: `Shows the pods with a sidecar and how far their proxies are, from the status of their Mesh. Pods are from all
namespaces, or from the one given with -n.

The scope says whether a proxy knows its whole mesh or what its workload needs. Why it knows what it knows: kubectl weft
proxy config.

A Mesh names the first ten proxies that wait and the first ten that refuse. While there are more, others are unknown.`,
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, _ []string) error {
			cluster, err := world.Connect(flags)
			if err != nil {
				return err
			}
			var scope []client.ListOption
			if cluster.Named {
				scope = append(scope, client.InNamespace(cluster.Namespace))
			}
			meshes := &v1alpha1.MeshList{}
			if err := cluster.List(c.Context(), meshes); err != nil {
				return fmt.Errorf("list meshes: %w", err)
			}
			pods, err := sidecars(c.Context(), cluster, scope...)
			if err != nil {
				return err
			}
			fmt.Fprint(c.OutOrStdout(), view.Proxies(pods, meshes.Items))
			return nil
		},
	}
}
