package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/fields"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/cli/view"
)

func explainCanary(world World, flags *Flags) *cobra.Command {
	return &cobra.Command{
		Use:   "explain NAME",
		Short: "Say why a canary stands where it stands, and what comes next",
		Long: `Says what the current step waits for and what it has already, the judge's numbers, what happens at the deadline, and
the latest events.`,
		RunE: func(c *cobra.Command, args []string) error {
			cluster, err := world.Connect(flags)
			if err != nil {
				return err
			}
			object, err := readCanary(c.Context(), cluster, args[0])
			if err != nil {
				return err
			}
			events, err := eventsOf(c.Context(), cluster, object)
			if err != nil {
				return err
			}
			fmt.Fprint(c.OutOrStdout(), view.Explain(object, events, world.Now()))
			return nil
		},
	}
}

// involvedName is the field by which the API server finds the events of an object.
const involvedName = "involvedObject.name"

// eventsOf are those about a Canary. A user who may not list events sees none.
func eventsOf(ctx context.Context, cluster Cluster, c *v1alpha1.Canary) ([]corev1.Event, error) {
	list := &corev1.EventList{}
	err := cluster.List(ctx, list, client.InNamespace(c.Namespace), client.MatchingFieldsSelector{
		Selector: fields.OneTermEqualSelector(involvedName, c.Name),
	})
	if apierrors.IsForbidden(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list events in namespace %s: %w", c.Namespace, err)
	}
	var out []corev1.Event
	for _, e := range list.Items {
		if e.InvolvedObject.UID == c.UID && e.InvolvedObject.Kind == "Canary" {
			out = append(out, e)
		}
	}
	return out, nil
}
