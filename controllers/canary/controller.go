// Package canary moves one Canary at a time. Only the leader does.
package canary

import (
	"context"
	"errors"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/controllers/mesh"
	"github.com/weft-mesh/weft/internal/alert"
	"github.com/weft-mesh/weft/internal/apply"
	"github.com/weft-mesh/weft/internal/leader"
	"github.com/weft-mesh/weft/internal/observe"
	"github.com/weft-mesh/weft/internal/rollout"
)

// Fleet is what all replicas have heard from their proxies.
type Fleet interface {
	mesh.Fleet
	// Reports are what agents have counted since they started.
	Reports() []rollout.Report
}

// Controller reconciles Canaries.
type Controller struct {
	Reader client.Reader
	Writer apply.Writer
	Term   *leader.Term
	World  *mesh.World
	Homes  mesh.Homes
	Fleet  Fleet
	Hold   observe.Hold
	Hooks  *Hooks
	Meter  *Meter
	// Configs tell what pods are configured by.
	Configs *Configs
	// Metrics count what happens.
	Metrics *Metrics
	Alerts  *alert.Sender

	mu      sync.Mutex
	ledgers map[client.ObjectKey]rollout.Ledger
}

// Forget drops what is known of earlier counters. A new term begins with it: another leader has judged meanwhile.
func (c *Controller) Forget() {
	c.Hooks.Forget()
	c.Meter.Forget()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ledgers = map[client.ObjectKey]rollout.Ledger{}
}

// Reconcile takes at most one step of one Canary.
func (c *Controller) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	term, leads := c.Term.Context()
	if !leads {
		return reconcile.Result{}, nil
	}
	object := &v1alpha1.Canary{}
	err := c.Reader.Get(ctx, req.NamespacedName, object)
	if apierrors.IsNotFound(err) {
		c.Hooks.Drop(req.NamespacedName)
		c.Meter.Drop(req.NamespacedName)
		c.Metrics.gone(req.NamespacedName)
		return reconcile.Result{}, nil
	}
	if err != nil {
		return reconcile.Result{}, err
	}
	after, err := c.step(term, object)
	if apply.Outdated(err) {
		return reconcile.Result{RequeueAfter: time.Second}, nil
	}
	return reconcile.Result{RequeueAfter: after}, err
}

// step decides, stores the decision, and only then counts the outcomes as used.
func (c *Controller) step(ctx context.Context, object *v1alpha1.Canary) (time.Duration, error) {
	state := c.World.State()
	if state == nil || object.DeletionTimestamp != nil {
		return 0, nil
	}
	if ready, err := c.ready(ctx, state, object); !ready {
		return 0, err
	}
	now := time.Now()
	in, ledger := c.input(state, object, now)
	v, held, err := c.lookAt(ctx, object)
	if err != nil {
		return 0, err
	}
	switch {
	case held:
		around, err := c.Hold.Around(ctx, object.Namespace)
		if err != nil {
			return 0, err
		}
		inputHeld(&in, v, state, around)
	case object.Status.Hold != nil:
		in.Canary = object.DeepCopy()
		in.Canary.Status.Hold = nil
	}
	unread := c.growing(ctx, &in, state, object)
	d := rollout.Next(c.configured(ctx, in, state))
	if !apply.Same(object.Status, d.Status) {
		next := object.DeepCopy()
		next.Status = d.Status
		if err := c.Writer.Status(ctx, apply.CanaryStatus, next); err != nil {
			if !apply.Outdated(err) { // it may have been stored: what is counted twice would spoil the test
				c.keep(client.ObjectKeyFromObject(object), ledger)
				c.Meter.Note(client.ObjectKeyFromObject(object), d.Took)
			}
			return 0, err
		}
		object = next
	}
	c.keep(client.ObjectKeyFromObject(object), ledger)
	c.Hooks.Ask(ctx, client.ObjectKeyFromObject(object), d.Ask)
	c.Meter.Note(client.ObjectKeyFromObject(object), d.Took)
	c.Meter.Read(ctx, client.ObjectKeyFromObject(object), d.Measure)
	c.Metrics.happened(client.ObjectKeyFromObject(object), d.Events)
	if m := state.Snapshot.Mesh; m != nil {
		c.Alerts.Tell(ctx, alert.Messages(m.Spec.Alerts, object, d.Events))
	}
	var notices []apply.Notice
	for _, e := range d.Events {
		notices = append(notices, apply.Notice(e))
	}
	after := d.RequeueAfter
	if v.Holds() {
		after = sooner(after, again)
	}
	return after, errors.Join(unread, c.act(ctx, object, now), c.Writer.Notices(ctx, object, notices, now))
}

// sooner is the earlier of two times to look again; 0 is never.
func sooner(a, b time.Duration) time.Duration {
	if a == 0 {
		return b
	}
	return min(a, b)
}

func (c *Controller) keep(key client.ObjectKey, l rollout.Ledger) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ledgers == nil {
		c.ledgers = map[client.ObjectKey]rollout.Ledger{}
	}
	c.ledgers[key] = l
}
