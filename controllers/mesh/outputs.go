package mesh

import (
	"context"
	"errors"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/apply"
	"github.com/weft-mesh/weft/internal/leader"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/observe"
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

// Outputs writes to the API server what the latest build says. Only the leader writes.
type Outputs struct {
	Cluster      observe.Cluster
	Writer       apply.Writer
	Term         *leader.Term
	Fleet        Fleet
	Certificates Certificates
	World        *World

	booked map[string]time.Time // when the calls of a namespace were stored last
}

// Reconcile writes all outputs. They don't hold back one another.
func (o *Outputs) Reconcile(ctx context.Context, _ reconcile.Request) (reconcile.Result, error) {
	term, leads := o.Term.Context()
	if !leads || !o.World.Known() {
		return reconcile.Result{}, nil
	}
	state := o.World.State()
	outputs := []func(context.Context, *State) error{o.writeTrust, o.writeNetworkPolicies, o.writeStatus}
	if state == nil { // what was made for a mesh that is gone is taken back
		state, outputs = &State{Model: &model.Model{Mesh: model.Mesh{Name: o.Cluster.Mesh}}}, outputs[:2]
	}
	var errs []error
	for _, output := range outputs {
		errs = append(errs, output(term, state))
	}
	again, err := o.writeCalls(term, state, time.Now())
	o.World.announce()
	err = errors.Join(append(errs, err)...)
	if apply.Outdated(err) {
		again, err = time.Second, nil
	}
	return reconcile.Result{RequeueAfter: again}, err
}
