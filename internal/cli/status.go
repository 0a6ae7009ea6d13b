package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/cli/view"
	"github.com/weft-mesh/weft/internal/uninstall"
)

func status(world World, flags *Flags) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show meshes, policies and canaries on one screen",
		Long: `Shows the operator, meshes, policies and canaries: what is applied by how many proxies, what waits for what, and
what went wrong. Policies and canaries are from all namespaces, or from the one given with -n.

The exit code is 0 when everything is Ready, else 1.`,
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, _ []string) error {
			cluster, err := world.Connect(flags)
			if err != nil {
				return err
			}
			fleet, err := readFleet(c.Context(), cluster)
			if err != nil {
				return err
			}
			fmt.Fprint(c.OutOrStdout(), view.Status(fleet, world.Now()))
			if len(fleet.Problems()) > 0 {
				return exitTrouble
			}
			return nil
		},
	}
}

func readFleet(ctx context.Context, cluster Cluster) (view.Fleet, error) {
	var fleet view.Fleet
	var scope []client.ListOption
	if cluster.Named {
		fleet.Namespace = cluster.Namespace
		scope = append(scope, client.InNamespace(cluster.Namespace))
	}
	meshes, policies, canaries := &v1alpha1.MeshList{}, &v1alpha1.PolicyList{}, &v1alpha1.CanaryList{}
	if err := cluster.List(ctx, meshes); err != nil {
		return fleet, fmt.Errorf("list meshes: %w", err)
	}
	if err := cluster.List(ctx, policies, scope...); err != nil {
		return fleet, fmt.Errorf("list policies: %w", err)
	}
	if err := cluster.List(ctx, canaries, scope...); err != nil {
		return fleet, fmt.Errorf("list canaries: %w", err)
	}
	operators, err := readOperators(ctx, cluster)
	fleet.Operators, fleet.Meshes, fleet.Policies, fleet.Canaries = operators, meshes.Items, policies.Items, canaries.Items
	return fleet, err
}

// readOperators finds the operators. A user who may not list Deployments sees none.
func readOperators(ctx context.Context, cluster Cluster) ([]view.Operator, error) {
	list := &appsv1.DeploymentList{}
	err := cluster.List(ctx, list, client.MatchingLabels{uninstall.LabelPartOf: uninstall.PartOf})
	if apierrors.IsForbidden(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list operators: %w", err)
	}
	var operators []view.Operator
	for _, d := range list.Items {
		if d.Name != uninstall.Operator {
			continue
		}
		wanted := int32(1)
		if d.Spec.Replicas != nil {
			wanted = *d.Spec.Replicas
		}
		operators = append(operators, view.Operator{Namespace: d.Namespace, Name: d.Name, Ready: d.Status.ReadyReplicas, Wanted: wanted})
	}
	return operators, nil
}
