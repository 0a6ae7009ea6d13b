package mesh

import (
	"context"
	"errors"

	networking "k8s.io/api/networking/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/apply"
	"github.com/weft-mesh/weft/internal/translate/netpol"
)

// writeNetworkPolicies makes the stored NetworkPolicies equal to the wanted ones, and notes for which step of each
// Policy that is so. Where a namespace takes one of them not, the Policies of others go on.
func (o *Outputs) writeNetworkPolicies(ctx context.Context, s *State) error {
	stored, err := o.ownNetworkPolicies(ctx)
	if err != nil {
		return err
	}
	var errs []error
	failed := map[string]bool{} // by namespace
	note := func(namespace string, err error) {
		errs = append(errs, err)
		failed[namespace] = failed[namespace] || err != nil
	}
	for _, want := range netpol.Build(s.Model) {
		key := client.ObjectKeyFromObject(want)
		old, exists := stored[key]
		delete(stored, key)
		if exists && apply.Same(old.Spec, want.Spec) && apply.Same(old.Labels, want.Labels) {
			continue
		}
		note(want.Namespace, o.Writer.Apply(ctx, apply.NetworkPolicy, want))
	}
	for _, obsolete := range stored {
		note(obsolete.Namespace, o.Writer.Delete(ctx, apply.NetworkPolicyPrune, obsolete))
	}
	written := s.sequences()
	for _, p := range s.Snapshot.Policies {
		if failed[p.Namespace] {
			delete(written, string(p.UID))
		}
	}
	o.World.setWritten(written)
	return errors.Join(errs...)
}

func (o *Outputs) ownNetworkPolicies(ctx context.Context) (map[client.ObjectKey]*networking.NetworkPolicy, error) {
	var list networking.NetworkPolicyList
	if err := o.Cluster.Reader.List(ctx, &list, client.MatchingLabels{v1alpha1.LabelManagedBy: o.Cluster.Mesh}); err != nil {
		return nil, err
	}
	out := map[client.ObjectKey]*networking.NetworkPolicy{}
	for i := range list.Items {
		out[client.ObjectKeyFromObject(&list.Items[i])] = &list.Items[i]
	}
	return out, nil
}
