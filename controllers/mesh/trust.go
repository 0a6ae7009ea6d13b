package mesh

import (
	"context"
	"errors"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/apply"
)

// writeTrust puts the roots of the mesh into every joined namespace: an agent needs them before it can trust the
// operator.
func (o *Outputs) writeTrust(ctx context.Context, s *State) error {
	var list corev1.ConfigMapList
	if err := o.Cluster.Reader.List(ctx, &list, client.MatchingLabels{v1alpha1.LabelManagedBy: o.Cluster.Mesh}); err != nil {
		return err
	}
	stored := map[string]*corev1.ConfigMap{}
	for i := range list.Items {
		if list.Items[i].Name != v1alpha1.TrustConfigMap {
			continue
		}
		stored[list.Items[i].Namespace] = &list.Items[i]
	}
	trust, ready := o.Certificates.Trust()
	var errs []error
	for _, namespace := range s.Snapshot.Namespaces {
		old := stored[namespace.Name]
		delete(stored, namespace.Name)
		data := map[string]string{v1alpha1.TrustKey: string(trust.RootsPEM)}
		terminating := namespace.DeletionTimestamp != nil
		if !ready || terminating || old != nil && apply.Same(old.Data, data) {
			continue
		}
		errs = append(errs, o.Writer.Apply(ctx, apply.TrustConfigMap, &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: namespace.Name, Name: v1alpha1.TrustConfigMap,
				Labels: map[string]string{v1alpha1.LabelManagedBy: o.Cluster.Mesh},
			},
			Data: data,
		}))
	}
	for _, obsolete := range stored {
		errs = append(errs, o.Writer.Delete(ctx, apply.TrustPrune, obsolete))
	}
	return errors.Join(errs...)
}
