// Package mesh is the world loop: it turns the cluster into what proxies and network policies are to be.
//
// Every replica serves proxies; only the leader writes to the API server.
package mesh

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/apply"
	"github.com/weft-mesh/weft/internal/leader"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/observe"
	"github.com/weft-mesh/weft/internal/translate/xds"
	"github.com/weft-mesh/weft/internal/xdsserver"
)

// Fleet is what all replicas have heard from their proxies.
type Fleet interface {
	View() ack.View
	// Silent names the live replicas of the operator that are not heard.
	Silent() []string
}

// Certificates is until when the mesh's own certificates are valid.
type Certificates interface {
	// Roots of the mesh as PEM, and the ends of root and intermediate. It is false before they exist.
	Trust() (Trust, bool)
}

// Trust is what the mesh's certificates rest on.
type Trust struct {
	RootsPEM                           []byte
	RootNotAfter, IntermediateNotAfter time.Time
}

// Controller reconciles the mesh of this control plane.
type Controller struct {
	Cluster      observe.Cluster
	XDS          *xdsserver.Server
	Writer       apply.Writer
	Term         *leader.Term
	Fleet        Fleet
	Certificates Certificates
	World        *World
	// Seen is when the first event came that the world does not hold yet.
	Seen observe.Sighting
	// Held is told which Policies the proxies of this replica get now: the version by their UID.
	Held func(map[string]string)
}

// Reconcile rebuilds the world. The outputs don't hold back one another.
func (c *Controller) Reconcile(ctx context.Context, _ reconcile.Request) (reconcile.Result, error) {
	seen := c.Seen.Take()
	snap, found, err := c.Cluster.Snapshot(ctx)
	if err != nil {
		return reconcile.Result{}, fmt.Errorf("observe mesh %s: %w", c.Cluster.Mesh, err)
	}
	if !found {
		return reconcile.Result{}, c.withdraw(ctx)
	}
	m := model.Build(snap)
	state := &State{Snapshot: snap, Model: m, Pods: model.Pods(snap)}
	c.XDS.Publish(xdsserver.World{Sets: xds.Build(m), Endpoints: xds.Endpoints(model.BuildEndpoints(snap, m)), Seen: seen})
	c.World.set(state)
	c.Held(state.sequences())

	term, leads := c.Term.Context()
	if !leads {
		return reconcile.Result{}, nil
	}
	var errs []error
	for _, output := range []func(context.Context, *State) error{c.writeTrust, c.writeNetworkPolicies, c.writeStatus} {
		errs = append(errs, output(term, state))
	}
	c.World.announce()
	err = errors.Join(errs...)
	if apply.Outdated(err) {
		return reconcile.Result{RequeueAfter: time.Second}, nil
	}
	return reconcile.Result{}, err
}

// withdraw takes back what was made for a mesh that is gone. Proxies keep the configuration that they have.
func (c *Controller) withdraw(ctx context.Context) error {
	c.World.set(nil)
	term, leads := c.Term.Context()
	if !leads {
		return nil
	}
	empty := &State{Model: &model.Model{Mesh: model.Mesh{Name: c.Cluster.Mesh}}}
	err := errors.Join(c.writeTrust(term, empty), c.writeNetworkPolicies(term, empty))
	c.World.announce()
	return err
}
