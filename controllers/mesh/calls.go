package mesh

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/apply"
	"github.com/weft-mesh/weft/internal/calls"
	"github.com/weft-mesh/weft/internal/model"
)

// bookGap is the least time between two writes of one namespace's calls: after a change of many proxies they come one by
// one. A proxy that has made the call has the Service already.
const bookGap = 5 * time.Second

// writeCalls stores which Services workloads have asked for by first calls, so that their next proxies know them from the
// start. It returns when to look again, if something is not stored yet; 0: nothing.
func (o *Outputs) writeCalls(ctx context.Context, s *State, now time.Time) (again time.Duration, err error) {
	stored, err := o.Cluster.Books(ctx)
	if err != nil {
		return 0, err
	}
	reported := callsByNamespace(s, o.Fleet.View())
	var errs []error
	for _, namespace := range s.Snapshot.Namespaces {
		old := stored[namespace.Name]
		delete(stored, namespace.Name)
		text := ""
		if old != nil {
			text = old.Data[v1alpha1.ScopeKey]
		}
		next := calls.Decode(text).Learn(reported[namespace.Name], now).Encode()
		if next == text || namespace.DeletionTimestamp != nil {
			continue
		}
		if wait := bookGap - now.Sub(o.booked[namespace.Name]); wait > 0 {
			again = max(again, wait)
			continue
		}
		errs = append(errs, o.Writer.Apply(ctx, apply.ScopeConfigMap, &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: o.Cluster.Namespace, Name: v1alpha1.ScopePrefix + namespace.Name,
				Labels: map[string]string{v1alpha1.LabelManagedBy: o.Cluster.Mesh},
			},
			Data: map[string]string{v1alpha1.ScopeKey: next},
		}))
		if o.booked == nil {
			o.booked = map[string]time.Time{}
		}
		o.booked[namespace.Name] = now
	}
	for _, name := range slices.Sorted(maps.Keys(stored)) {
		errs = append(errs, o.Writer.Delete(ctx, apply.ScopePrune, stored[name]))
	}
	return again, errors.Join(errs...)
}

// callsByNamespace are the calls that live proxies report, by namespace and workload.
func callsByNamespace(s *State, view ack.View) map[string]map[string][]model.Key {
	out := map[string]map[string][]model.Key{}
	for _, pod := range s.Snapshot.Pods {
		made := view.Reports[string(pod.UID)].Calls
		if len(made) == 0 || !model.HasSidecar(pod) {
			continue
		}
		if out[pod.Namespace] == nil {
			out[pod.Namespace] = map[string][]model.Key{}
		}
		workload := model.WorkloadOf(pod).Name
		out[pod.Namespace][workload] = append(out[pod.Namespace][workload], made...)
	}
	return out
}
