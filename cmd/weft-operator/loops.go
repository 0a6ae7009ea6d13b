package main

import (
	"context"
	"time"

	admissionregistration "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/observe"
)

// loop is one of the controllers: what starts it beside its own objects, and what it does.
type loop struct {
	name    string
	nudge   *nudge
	watches []client.Object
	seen    *observe.Sighting // is told of their events; nil is nobody
	// each lists all objects of its kind, for a loop that works on one at a time.
	each func(context.Context) []reconcile.Request
	of   client.Object // the kind that it works on, one at a time
	run  reconcile.Reconciler
}

// whole is the one request of a loop that works on the world.
var whole = []reconcile.Request{{NamespacedName: types.NamespacedName{Name: "world"}}}

// add registers a loop. Failures are tried again after 200 ms first, and after 30 s at most.
func add(mgr ctrl.Manager, l loop) error {
	requestsOf := func(ctx context.Context, _ client.Object) []reconcile.Request {
		if l.each != nil {
			return l.each(ctx)
		}
		return whole
	}
	every := handler.EnqueueRequestsFromMapFunc(requestsOf)
	b := ctrl.NewControllerManagedBy(mgr).Named(l.name).
		WithOptions(controller.Options{RateLimiter: backoff(), NeedLeaderElection: new(false)}).
		WatchesRawSource(source.Channel(l.nudge.events, every))
	if l.of != nil {
		b = b.Watches(l.of, &handler.EnqueueRequestForObject{})
	}
	seen := handler.EnqueueRequestsFromMapFunc(func(ctx context.Context, object client.Object) []reconcile.Request {
		if l.seen != nil {
			l.seen.Note(time.Now())
		}
		return requestsOf(ctx, object)
	})
	for _, object := range l.watches {
		b = b.Watches(object, seen)
	}
	return b.Complete(l.run)
}

// nudge starts a loop. Several nudges at once are one.
type nudge struct{ events chan event.GenericEvent }

func newNudge() *nudge { return &nudge{make(chan event.GenericEvent, 1)} }

func (n *nudge) now() {
	select {
	case n.events <- event.GenericEvent{Object: &corev1.Namespace{}}:
	default:
	}
}

// worldObjects are what the mesh is made of.
func worldObjects() []client.Object {
	return []client.Object{
		&v1alpha1.Mesh{}, &v1alpha1.Policy{}, &v1alpha1.Canary{},
		&corev1.Namespace{}, &corev1.Service{}, &corev1.Pod{},
		&corev1.ConfigMap{}, &networking.NetworkPolicy{},
	}
}

func certificateObjects() []client.Object {
	return []client.Object{&v1alpha1.Mesh{}, &corev1.Secret{}, &admissionregistration.MutatingWebhookConfiguration{}}
}

// throttled passes on at most one call in each interval, and the last one always.
func throttled(ctx context.Context, interval time.Duration, f func()) func() {
	wake := make(chan struct{}, 1)
	go func() {
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-wake:
				f()
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	return func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}
