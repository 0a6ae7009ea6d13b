package main

import (
	"context"
	"time"

	admissionregistration "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// loop is one of the controllers: what starts it beside its own objects, and what it does.
type loop struct {
	name    string
	nudge   *nudge // nil: nothing else starts it
	watches []client.Object
	// labelled are watched too, but of their changes only those of labels count.
	labelled []client.Object
	// within says whether the loop looks at objects of a namespace; nil is at all.
	within func(namespace string) bool
	// note is told of the watched events that start the loop, with their namespace; nil is nobody.
	note func(namespace string, now time.Time)
	// requests are what an event is about; nil is the world.
	requests func(context.Context, client.Object) []reconcile.Request
	of       client.Object // the kind that it works on, one at a time
	run      reconcile.Reconciler
}

// world is the one request of a loop that works on the world.
func world(context.Context, client.Object) []reconcile.Request {
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Name: "world"}}}
}

// itsNamespace is the request of a loop that works on one namespace at a time.
func itsNamespace(_ context.Context, object client.Object) []reconcile.Request {
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: object.GetNamespace()}}}
}

// add registers a loop. Failures are tried again after 200 ms first, and after 30 s at most.
func add(mgr ctrl.Manager, l loop) error {
	if l.requests == nil {
		l.requests = world
	}
	b := ctrl.NewControllerManagedBy(mgr).Named(l.name).
		WithOptions(controller.Options{RateLimiter: backoff(), NeedLeaderElection: new(false)})
	if l.nudge != nil {
		b = b.WatchesRawSource(source.Channel(l.nudge.events, handler.EnqueueRequestsFromMapFunc(l.requests)))
	}
	if l.of != nil {
		b = b.Watches(l.of, &handler.EnqueueRequestForObject{})
	}
	for _, object := range l.watches {
		b = b.Watches(object, handler.EnqueueRequestsFromMapFunc(l.event))
	}
	for _, object := range l.labelled {
		b = b.Watches(object, handler.EnqueueRequestsFromMapFunc(l.event), builder.WithPredicates(predicate.LabelChangedPredicate{}))
	}
	return b.Complete(l.run)
}

// event is what the loop does about an event of a watched kind.
func (l loop) event(ctx context.Context, object client.Object) []reconcile.Request {
	namespace := object.GetNamespace()
	if l.within != nil && namespace != "" && !l.within(namespace) {
		return nil
	}
	if l.note != nil {
		if home, is := object.(*corev1.Namespace); is {
			namespace = home.Name
		}
		l.note(namespace, time.Now())
	}
	return l.requests(ctx, object)
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

// aroundMesh says of which other namespaces the mesh must know something: the addresses of their Services, and what is
// stored in the operator's own.
func (o options) aroundMesh(joined func(string) bool) func(namespace string) bool {
	return func(namespace string) bool { return namespace == o.namespace || !joined(namespace) }
}

// worldObjects are what the mesh is made of.
func worldObjects() []client.Object {
	return []client.Object{
		&v1alpha1.Mesh{}, &v1alpha1.Policy{}, &v1alpha1.Canary{},
		&corev1.Namespace{}, &corev1.Service{}, &corev1.Pod{}, &discovery.EndpointSlice{},
	}
}

// outputObjects are what the operator keeps as it should be, and the Secrets that alerts need.
func outputObjects() []client.Object {
	return []client.Object{&corev1.ConfigMap{}, &networking.NetworkPolicy{}, &corev1.Secret{}}
}

func certificateObjects() []client.Object {
	return []client.Object{&v1alpha1.Mesh{}, &v1alpha1.Canary{}, &corev1.Secret{}, &admissionregistration.MutatingWebhookConfiguration{}}
}

// heldObjects are those whose rollout a Canary holds.
func heldObjects() []client.Object {
	return []client.Object{&appsv1.Deployment{}, &appsv1.ReplicaSet{}}
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
