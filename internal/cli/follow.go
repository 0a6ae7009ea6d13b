package cli

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	apiwatch "k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// visitor looks at a Canary and says whether it has seen enough.
type visitor func(*v1alpha1.Canary) (enough bool)

// follow shows a Canary as it is now, after each change and at each tick, until the visitor has seen enough. A broken watch
// is opened again. A deleted Canary is an error. Without ticks, changes alone count.
func follow(ctx context.Context, world World, cluster Cluster, name string, ticks <-chan time.Time, visit visitor) error {
	for {
		object, err := readCanary(ctx, cluster, name)
		if err != nil {
			return err
		}
		if visit(object) {
			return nil
		}
		enough, err := changes(ctx, cluster, object, ticks, visit)
		if enough || err != nil {
			return err
		}
		if err := world.Pause(ctx); err != nil {
			return err
		}
	}
}

// changes shows what happens to a Canary after a state of it. It ends without an error when the watch breaks.
func changes(ctx context.Context, cluster Cluster, since *v1alpha1.Canary, ticks <-chan time.Time, visit visitor) (enough bool, err error) {
	events, err := cluster.Watch(ctx, &v1alpha1.CanaryList{}, &client.ListOptions{
		Namespace:     since.Namespace,
		FieldSelector: fields.OneTermEqualSelector(metav1.ObjectNameField, since.Name),
		Raw:           &metav1.ListOptions{ResourceVersion: since.ResourceVersion},
	})
	if err != nil {
		return false, fmt.Errorf("watch Canary %s/%s: %w", since.Namespace, since.Name, err)
	}
	defer events.Stop()
	latest := since
	for {
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-ticks:
			if visit(latest) {
				return true, nil
			}
		case event, open := <-events.ResultChan():
			object, isCanary := event.Object.(*v1alpha1.Canary)
			switch {
			case !open || event.Type == apiwatch.Error:
				return false, nil
			case !isCanary || object.Name != since.Name:
				continue
			case event.Type == apiwatch.Deleted:
				return false, fmt.Errorf("the Canary %s/%s was deleted", since.Namespace, since.Name)
			case visit(object):
				return true, nil
			}
			latest = object
		}
	}
}
