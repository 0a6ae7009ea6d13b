package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	authv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/cli/view"
)

func order(world World, flags *Flags, action v1alpha1.Action, short string) *cobra.Command {
	var revision string
	var timeout time.Duration
	c := &cobra.Command{
		Use:   string(action) + " NAME",
		Short: short,
		Long: short + `.

The order is about one revision: the one that the canary's run is about, or the one given with --revision. If another
revision has taken its place when the operator reads the order, it is refused. The exit code is 0 when it was carried out.`,
		RunE: func(c *cobra.Command, args []string) error {
			cluster, err := world.Connect(flags)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(c.Context(), timeout)
			defer cancel()
			given, err := give(ctx, cluster, args[0], v1alpha1.Command{Action: action, Revision: revision, Time: metav1.NewTime(world.Now())})
			if err != nil {
				return err
			}
			answer, err := await(ctx, world, cluster, args[0], given)
			if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return fmt.Errorf("the operator has not answered within %s; the order stays in the annotation %s and is carried out when it does",
					timeout, v1alpha1.AnnotationCommand)
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s of revision %s of Canary %s/%s: %s\n", action, answer.Revision, cluster.Namespace, args[0], view.Outcome(answer))
			if answer.Refused != "" {
				return exitTrouble
			}
			return nil
		},
	}
	c.Flags().StringVar(&revision, "revision", "", "pod-template-hash that the order is about; without it, that of the canary's run")
	c.Flags().DurationVar(&timeout, "timeout", 30*time.Second, "how long to wait for the operator's answer")
	return c
}

// give writes an order to a Canary, under the resource version that it was made from. When the Canary changed in
// between it is read again, and the order stands only if its revision still does.
func give(ctx context.Context, cluster Cluster, name string, order v1alpha1.Command) (v1alpha1.Command, error) {
	order.Actor = whoAmI(ctx, cluster)
	order.ID = rand.Text()
	explicit := order.Revision
	for {
		object, err := readCanary(ctx, cluster, name)
		if err != nil {
			return order, err
		}
		revision, err := revisionOf(object, order.Action, explicit)
		if err != nil {
			return order, err
		}
		if order.Revision != "" && order.Revision != revision {
			return order, fmt.Errorf("revision %s has just taken the place of %s: look again, then give the order again", revision, order.Revision)
		}
		order.Revision = revision
		ordered, err := withOrder(object, order)
		if err != nil {
			return order, err
		}
		err = cluster.Patch(ctx, ordered, client.MergeFromWithOptions(object, client.MergeFromWithOptimisticLock{}))
		if apierrors.IsConflict(err) {
			continue
		}
		if err != nil {
			return order, fmt.Errorf("annotate Canary %s/%s: %w", cluster.Namespace, name, err)
		}
		return order, nil
	}
}

// await returns the operator's answer to an order.
func await(ctx context.Context, world World, cluster Cluster, name string, given v1alpha1.Command) (v1alpha1.Command, error) {
	var answer *v1alpha1.Command
	var superseded error
	err := follow(ctx, world, cluster, name, nil, func(object *v1alpha1.Canary) bool {
		if last := object.Status.LastCommand; last != nil && last.ID == given.ID {
			answer = last
			return true
		}
		superseded = displaced(object, given)
		return superseded != nil
	})
	if err := errors.Join(err, superseded); err != nil {
		return v1alpha1.Command{}, err
	}
	return *answer, nil
}

// whoAmI is the user as the API server sees it. An order must not fail because this is not known.
func whoAmI(ctx context.Context, cluster Cluster) string {
	review := &authv1.SelfSubjectReview{}
	if err := cluster.Create(ctx, review); err != nil || review.Status.UserInfo.Username == "" {
		return "unknown"
	}
	return review.Status.UserInfo.Username
}
