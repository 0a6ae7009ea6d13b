package canary

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/weft-mesh/weft/internal/apply"
	"github.com/weft-mesh/weft/internal/hold"
	"github.com/weft-mesh/weft/internal/leader"
	"github.com/weft-mesh/weft/internal/observe"
)

// Gates releases pods that wait although no Canary holds their Deployment any more: it was deleted, names another one, or
// its namespace has left the mesh. Kubernetes then goes on with what the Deployment asks for. Only the leader does.
type Gates struct {
	Reader client.Reader
	Hold   observe.Hold
	Writer apply.Writer
	Term   *leader.Term
}

// Reconcile looks at all pods.
func (g *Gates) Reconcile(ctx context.Context, _ reconcile.Request) (reconcile.Result, error) {
	term, leads := g.Term.Context()
	if !leads {
		return reconcile.Result{}, nil
	}
	var pods corev1.PodList
	if err := g.Reader.List(ctx, &pods, client.UnsafeDisableDeepCopy); err != nil {
		return reconcile.Result{}, fmt.Errorf("list pods: %w", err)
	}
	var errs []error
	for i := range pods.Items {
		pod := &pods.Items[i]
		if !hold.Waiting(pod) || pod.DeletionTimestamp != nil {
			continue
		}
		claimed, err := g.claimed(ctx, pod)
		if err == nil && !claimed {
			err = g.Writer.Gate(term, apply.PodGate, pod, hold.Gate, true, time.Now())
		}
		errs = append(errs, err)
	}
	return reconcile.Result{}, errors.Join(errs...)
}

// claimed says whether a Canary holds the Deployment of a pod.
func (g *Gates) claimed(ctx context.Context, pod *corev1.Pod) (bool, error) {
	owner := metav1.GetControllerOf(pod)
	if owner == nil {
		return false, nil
	}
	set, err := g.Hold.Set(ctx, pod.Namespace, *owner)
	if err != nil || set == nil {
		return false, err
	}
	of := metav1.GetControllerOf(set)
	if of == nil {
		return false, nil
	}
	canary, err := g.Hold.Owner(ctx, pod.Namespace, of.Name)
	return canary != nil, err
}
