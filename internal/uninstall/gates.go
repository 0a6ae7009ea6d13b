package uninstall

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/internal/hold"
)

// releasePods opens the gates of pods that wait. A gate can't be taken off a pod that exists.
func (r Runner) releasePods(ctx context.Context, pods []Pod) error {
	for _, p := range pods {
		pod := &corev1.Pod{}
		err := r.Client.Get(ctx, client.ObjectKey{Namespace: p.Namespace, Name: p.Name}, pod)
		if gone(err) || err == nil && pod.UID != p.UID {
			continue
		}
		if err != nil {
			return fmt.Errorf("read pod %s: %w", p, err)
		}
		before := pod.DeepCopy()
		hold.Open(pod)
		if err := r.Client.Status().Patch(ctx, pod, client.StrategicMergeFrom(before)); err != nil && !gone(err) {
			return fmt.Errorf("release pod %s: %w", p, err)
		}
		r.say("  released %s", p)
	}
	return nil
}
