package uninstall

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// replace evicts pods in waves until no replaceable pod has our sidecar.
func (r Runner) replace(ctx context.Context) error {
	var full map[types.UID]int
	told := ""
	blocked := map[string]string{}
	for {
		pods, err := findPods(ctx, r.Client)
		if err != nil {
			return err
		}
		if full == nil {
			full = ReadyPods(pods)
		}
		left := pending(pods)
		if len(left) == 0 {
			return nil
		}
		if line := fmt.Sprintf("  %d pods with a sidecar are left", len(left)); line != told {
			r.Say(line)
			told = line
		}
		for _, pod := range Wave(pods, full) {
			if err := r.evict(ctx, pod, blocked); err != nil {
				return err
			}
		}
		if err := r.Pause(ctx); err != nil {
			return stuck(left, blocked, err)
		}
	}
}

// pending are the pods that are to go and those that are going.
func pending(pods []Pod) []Pod {
	return slices.DeleteFunc(slices.Clone(pods), func(p Pod) bool { return !p.Injected || p.Finished || !p.replaceable() })
}

// evict asks the API server to end a pod. A refusal because of a PodDisruptionBudget is told once and tried again.
func (r Runner) evict(ctx context.Context, pod Pod, blocked map[string]string) error {
	object := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name}}
	eviction := &policyv1.Eviction{DeleteOptions: &metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &pod.UID}}}
	err := r.Client.SubResource("eviction").Create(ctx, object, eviction)
	switch {
	case err == nil:
		delete(blocked, pod.String())
		r.say("  evicted %s", pod)
	case apierrors.IsTooManyRequests(err):
		if blocked[pod.String()] == "" {
			r.say("  %s can't be evicted yet: %s", pod, err)
		}
		blocked[pod.String()] = err.Error()
	case !apierrors.IsNotFound(err) && !apierrors.IsConflict(err):
		return fmt.Errorf("evict %s: %w", pod, err)
	}
	return nil
}

func stuck(left []Pod, blocked map[string]string, cause error) error {
	if len(blocked) == 0 {
		return fmt.Errorf("%s still with a sidecar, or the pods in their place not ready: %w", strings.Join(capped(left), ", "), cause)
	}
	first := slices.Sorted(maps.Keys(blocked))[0]
	return fmt.Errorf("%s can't be evicted: %s: %w", first, blocked[first], cause)
}
