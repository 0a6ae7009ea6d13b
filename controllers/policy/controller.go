// Package policy moves one Policy at a time through the steps of its change. Only the leader does.
package policy

import (
	"context"
	"strconv"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/controllers/mesh"
	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/apply"
	"github.com/weft-mesh/weft/internal/leader"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/policy"
)

// Controller reconciles Policies.
type Controller struct {
	Reader client.Reader
	Writer apply.Writer
	Term   *leader.Term
	World  *mesh.World
	Homes  mesh.Homes
	Fleet  mesh.Fleet
}

// Reconcile takes at most one step of one Policy. It waits until the world was written in this term; then it is woken.
func (c *Controller) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	term, leads := c.Term.Context()
	if !leads {
		return reconcile.Result{}, nil
	}
	p := &v1alpha1.Policy{}
	if err := c.Reader.Get(ctx, req.NamespacedName, p); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	if ready, err := c.ready(ctx, p); !ready {
		return reconcile.Result{}, err
	}
	err := c.step(term, p)
	if apply.Outdated(err) {
		return reconcile.Result{RequeueAfter: time.Second}, nil
	}
	return reconcile.Result{}, err
}

// ready says whether it is time to decide about a Policy. If not, the next build or report wakes the loop.
func (c *Controller) ready(ctx context.Context, p *v1alpha1.Policy) (bool, error) {
	switch {
	case !c.World.Wrote():
		return false, nil
	case c.World.State().Joined(p.Namespace):
		return c.knows(p), nil
	}
	return c.Homes.Outside(ctx, p.Namespace)
}

func (c *Controller) step(ctx context.Context, p *v1alpha1.Policy) error {
	if p.DeletionTimestamp == nil && !controllerutil.ContainsFinalizer(p, v1alpha1.Finalizer) {
		return c.Writer.Finalizer(ctx, apply.PolicyFinalizer, p, true)
	}
	now := time.Now()
	d := policy.Next(c.input(p, now))
	if d.RemoveFinalizer {
		return c.Writer.Finalizer(ctx, apply.PolicyFinalizer, p, false)
	}
	if apply.Same(p.Status, d.Status) {
		return nil
	}
	next := p.DeepCopy()
	next.Status = d.Status
	if err := c.Writer.Status(ctx, apply.PolicyStatus, next); err != nil {
		return err
	}
	var notices []apply.Notice
	for _, e := range d.Events {
		notices = append(notices, apply.Notice(e))
	}
	return c.Writer.Notices(ctx, next, notices, now)
}

// input gathers what is known. A Policy outside of every mesh moves no further: nobody reports what its proxies have. It
// can be deleted, as it has none.
func (c *Controller) input(p *v1alpha1.Policy, now time.Time) policy.Input {
	in := policy.Input{Policy: p, Now: now}
	state := c.World.State()
	if !state.Joined(p.Namespace) {
		in.Conflict, in.ConflictReason = "there is no Mesh that this namespace has joined", "NoMesh"
		in.NetworkWritten, in.Decidable = true, p.DeletionTimestamp != nil
		return in
	}
	uid := string(p.UID)
	version := sequence(p)
	view := c.Fleet.View()
	pods := state.DependentPods(uid, view)
	in.Decidable = view.Complete
	in.NetworkWritten = c.World.NetworkWritten(uid, version)
	in.Acks = ack.Count(view, pods, model.Stamp{UID: uid, Version: version})
	in.Workloads, in.Services = model.SelectedWorkloads(state.Model, uid), model.LimitedServices(state.Model, uid)
	if f, found := state.Model.FindingFor("Policy", model.Key{Namespace: p.Namespace, Name: p.Name}); found {
		in.Conflict, in.ConflictReason = f.Field+": "+f.Message, f.Reason
	}
	return in
}

// knows says whether it is known what is in force. A new leader decides nothing before every live replica sends the
// Policy as it is stored; then it is woken. The Mesh's status tells of a replica that is silent.
func (c *Controller) knows(p *v1alpha1.Policy) bool {
	view := c.Fleet.View()
	return view.Complete && (p.Status.Position == nil || view.HeldByAll(string(p.UID), sequence(p)))
}

func sequence(p *v1alpha1.Policy) string {
	if p.Status.Position == nil {
		return ""
	}
	return strconv.FormatInt(p.Status.Position.Sequence, 10)
}
