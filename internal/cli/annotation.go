package cli

import (
	"encoding/json"
	"fmt"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// revisionOf is the revision that an order is about.
func revisionOf(c *v1alpha1.Canary, action v1alpha1.Action, explicit string) (string, error) {
	switch {
	case explicit != "":
		return explicit, nil
	case c.Status.Run != nil && c.Status.Run.Revision != "":
		return c.Status.Run.Revision, nil
	case action == v1alpha1.ActionRetry && c.Status.Rejected != "":
		return c.Status.Rejected, nil
	default:
		return "", fmt.Errorf("nothing to %s: Canary %s/%s has no run", action, c.Namespace, c.Name)
	}
}

// withOrder is the Canary with an order in its annotation.
func withOrder(c *v1alpha1.Canary, order v1alpha1.Command) (*v1alpha1.Canary, error) {
	text, err := json.Marshal(order)
	if err != nil {
		return nil, fmt.Errorf("write the order as JSON: %w", err)
	}
	out := c.DeepCopy()
	if out.Annotations == nil {
		out.Annotations = map[string]string{}
	}
	out.Annotations[v1alpha1.AnnotationCommand] = string(text)
	return out, nil
}

// displaced says that another order stands where the given one did, before it was answered.
func displaced(c *v1alpha1.Canary, given v1alpha1.Command) error {
	var standing v1alpha1.Command
	text := c.Annotations[v1alpha1.AnnotationCommand]
	if json.Unmarshal([]byte(text), &standing) == nil && standing.ID == given.ID {
		return nil
	}
	if standing.ID == "" {
		return fmt.Errorf("the order was taken out of the annotation %s before the operator answered it", v1alpha1.AnnotationCommand)
	}
	return fmt.Errorf("another order took its place before the operator answered: %s by %s", standing.Action, standing.Actor)
}
