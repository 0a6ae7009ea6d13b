package observe

import (
	"context"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/hold"
)

// Hold reads what concerns the held rollout of one Deployment.
type Hold struct {
	// Reader is a cache: it answers from memory.
	Reader client.Reader
	// Now is the API server itself, for what a cache may have too late.
	Now client.Reader
}

// Input is all about the Deployment of a Canary. The objects belong to the cache.
func (h Hold) Input(ctx context.Context, c *v1alpha1.Canary, name string) (hold.Input, error) {
	in := hold.Input{State: hold.StateOf(c), Run: hold.RunOf(c)}
	d := &appsv1.Deployment{}
	err := h.Reader.Get(ctx, client.ObjectKey{Namespace: c.Namespace, Name: name}, d)
	if apierrors.IsNotFound(err) {
		return in, nil
	}
	if err != nil {
		return in, fmt.Errorf("read Deployment %s/%s: %w", c.Namespace, name, err)
	}
	in.Deployment = d
	var sets appsv1.ReplicaSetList
	var pods corev1.PodList
	for _, list := range []client.ObjectList{&sets, &pods} {
		if err := h.Reader.List(ctx, list, client.InNamespace(c.Namespace), client.UnsafeDisableDeepCopy); err != nil {
			return in, fmt.Errorf("list %T of %s: %w", list, c.Namespace, err)
		}
	}
	in.Sets = pointers(sets.Items, func(s *appsv1.ReplicaSet) bool { return metav1.IsControlledBy(s, d) })
	in.Pods = pointers(pods.Items, func(p *corev1.Pod) bool { return p.Labels[appsv1.DefaultDeploymentUniqueLabelKey] != "" })
	return in, nil
}

// Around is what stands around the Deployment of a Canary, but for Services.
func (h Hold) Around(ctx context.Context, namespace string) (hold.Around, error) {
	scalers, err := h.Autoscalers(ctx, namespace)
	if err != nil {
		return hold.Around{}, err
	}
	var budgets policy.PodDisruptionBudgetList
	if err := h.Reader.List(ctx, &budgets, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return hold.Around{}, fmt.Errorf("list PodDisruptionBudgets of %s: %w", namespace, err)
	}
	return hold.Around{
		Autoscalers: scalers,
		Budgets:     pointers(budgets.Items, func(*policy.PodDisruptionBudget) bool { return true }),
	}, nil
}

// Autoscalers of a namespace. They belong to the cache.
func (h Hold) Autoscalers(ctx context.Context, namespace string) ([]*autoscaling.HorizontalPodAutoscaler, error) {
	var list autoscaling.HorizontalPodAutoscalerList
	if err := h.Reader.List(ctx, &list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list HorizontalPodAutoscalers of %s: %w", namespace, err)
	}
	return pointers(list.Items, func(*autoscaling.HorizontalPodAutoscaler) bool { return true }), nil
}

// About is the Canary that holds the Deployment of a ReplicaSet, and all about that Deployment. A set that the cache does
// not have yet is among the sets. Without such a Canary it is nil.
func (h Hold) About(ctx context.Context, set *appsv1.ReplicaSet) (*v1alpha1.Canary, hold.Input, error) {
	owner := metav1.GetControllerOf(set)
	if owner == nil || owner.Kind != v1alpha1.KindDeployment {
		return nil, hold.Input{}, nil
	}
	c, err := h.Owner(ctx, set.Namespace, owner.Name)
	if err != nil || c == nil {
		return nil, hold.Input{}, err
	}
	in, err := h.Input(ctx, c, owner.Name)
	if err != nil || in.Deployment == nil || in.Deployment.UID != owner.UID {
		return nil, hold.Input{}, err
	}
	if !slices.ContainsFunc(in.Sets, func(s *appsv1.ReplicaSet) bool { return s.UID == set.UID }) {
		in.Sets = append(in.Sets, set)
	}
	return c, in, nil
}

// Owner is the Canary that holds a Deployment; nil: none.
func (h Hold) Owner(ctx context.Context, namespace, deployment string) (*v1alpha1.Canary, error) {
	var all v1alpha1.CanaryList
	if err := h.Reader.List(ctx, &all, client.InNamespace(namespace)); err != nil {
		return nil, fmt.Errorf("list Canaries of %s: %w", namespace, err)
	}
	return hold.Owner(all.Items, namespace, deployment), nil
}

// Set is a ReplicaSet, from the API server if the cache does not have it yet; nil: there is none.
func (h Hold) Set(ctx context.Context, namespace string, owner metav1.OwnerReference) (*appsv1.ReplicaSet, error) {
	key := client.ObjectKey{Namespace: namespace, Name: owner.Name}
	for _, from := range []client.Reader{h.Reader, h.Now} {
		set := &appsv1.ReplicaSet{}
		err := from.Get(ctx, key, set)
		if err == nil && set.UID == owner.UID {
			return set, nil
		}
		if client.IgnoreNotFound(err) != nil {
			return nil, fmt.Errorf("read ReplicaSet %s: %w", key, err)
		}
	}
	return nil, nil
}

// Fresh is the Deployment as the API server has it; nil: there is none.
func (h Hold) Fresh(ctx context.Context, d *appsv1.Deployment) (*appsv1.Deployment, error) {
	out := &appsv1.Deployment{}
	if err := h.Now.Get(ctx, client.ObjectKeyFromObject(d), out); err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	return out, nil
}
