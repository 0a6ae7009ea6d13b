package observe

import (
	"context"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/calls"
	"github.com/weft-mesh/weft/internal/snapshot"
)

// Books reads the ConfigMaps with the calls of each namespace, by its name. They belong to the cache.
func (c Cluster) Books(ctx context.Context) (map[string]*corev1.ConfigMap, error) {
	var list corev1.ConfigMapList
	if err := c.list(ctx, &list, client.InNamespace(c.Namespace), client.MatchingLabels{v1alpha1.LabelManagedBy: c.Mesh}); err != nil {
		return nil, err
	}
	out := map[string]*corev1.ConfigMap{}
	for i := range list.Items {
		if namespace, is := strings.CutPrefix(list.Items[i].Name, v1alpha1.ScopePrefix); is {
			out[namespace] = &list.Items[i]
		}
	}
	return out, nil
}

// observed are the calls of joined namespaces, sorted.
func observed(books map[string]*corev1.ConfigMap, joined map[string]bool) (out []snapshot.Call) {
	for _, namespace := range slices.Sorted(maps.Keys(books)) {
		if !joined[namespace] {
			continue
		}
		known := calls.Decode(books[namespace].Data[v1alpha1.ScopeKey]).Calls()
		for _, workload := range slices.Sorted(maps.Keys(known)) {
			for _, to := range known[workload] {
				out = append(out, snapshot.Call{Namespace: namespace, Workload: workload, ToNamespace: to.Namespace, To: to.Name})
			}
		}
	}
	return out
}
