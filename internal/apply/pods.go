package apply

import (
	"context"
	"encoding/json"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/internal/failpoint"
	"github.com/weft-mesh/weft/internal/hold"
)

// Pods and ReplicaSets are Kubernetes' own: Deployments make them, and nobody keeps them in Git. What is written of them
// is a condition, a size and an annotation. One that is gone already is no error.

// Gate opens or closes a readiness gate of a pod.
func (w Writer) Gate(ctx context.Context, name failpoint.Name, pod *corev1.Pod, gate corev1.PodConditionType, open bool, now time.Time) error {
	c := map[string]any{"type": gate, "status": corev1.ConditionFalse, "reason": hold.Withheld, "lastTransitionTime": now.UTC().Format(time.RFC3339)}
	if open {
		c["status"], c["reason"] = corev1.ConditionTrue, hold.Released
	}
	return w.change(name, "set the gate of", pod, func() error {
		return w.client.Status().Patch(ctx, bare(pod), patch(types.StrategicMergePatchType, map[string]any{
			"metadata": map[string]any{"uid": pod.UID}, "status": map[string]any{"conditions": []any{c}},
		}))
	})
}

// DeletePod deletes this pod and not another one of its name.
func (w Writer) DeletePod(ctx context.Context, name failpoint.Name, pod *corev1.Pod) error {
	return w.change(name, "delete", pod, func() error {
		err := w.client.Delete(ctx, bare(pod), client.Preconditions{UID: &pod.UID})
		if apierrors.IsConflict(err) { // another pod has its name
			return nil
		}
		return err
	})
}

// ScaleReplicaSet asks for another number of pods.
func (w Writer) ScaleReplicaSet(ctx context.Context, name failpoint.Name, set *appsv1.ReplicaSet, replicas int32) error {
	return w.change(name, "scale", set, func() error {
		return w.client.SubResource("scale").Patch(ctx, bare(set), patch(types.MergePatchType, map[string]any{
			"spec": map[string]any{"replicas": replicas},
		}), client.WithSubResourceBody(&autoscaling.Scale{}))
	})
}

// Annotate sets an annotation of a ReplicaSet. Whoever watches it looks at it again.
func (w Writer) Annotate(ctx context.Context, name failpoint.Name, set *appsv1.ReplicaSet, key, value string) error {
	return w.change(name, "annotate", set, func() error {
		return w.client.Patch(ctx, bare(set), patch(types.MergePatchType, map[string]any{
			"metadata": map[string]any{"uid": set.UID, "annotations": map[string]string{key: value}},
		}))
	})
}

func (w Writer) change(name failpoint.Name, verb string, object client.Object, write func() error) error {
	return pass(name, describe(verb, object), func() error { return client.IgnoreNotFound(write()) })
}

// bare is an object with its name only: answers of the API server must not get into a cache's copy.
func bare[T any, P interface {
	*T
	client.Object
}](object P) P {
	out := P(new(T))
	out.SetNamespace(object.GetNamespace())
	out.SetName(object.GetName())
	return out
}

func patch(kind types.PatchType, fields map[string]any) client.Patch {
	text, err := json.Marshal(fields)
	if err != nil {
		panic(err) // strings, numbers and times
	}
	return client.RawPatch(kind, text)
}
