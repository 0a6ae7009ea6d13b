package mesh

import (
	"context"
	"errors"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/apply"
	"github.com/weft-mesh/weft/internal/leader"
	"github.com/weft-mesh/weft/internal/model"
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
	Reader       client.Reader
	Mesh         string // its name
	Writer       apply.Writer
	Term         *leader.Term
	Fleet        Fleet
	Certificates Certificates
	World        *World
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
		state, outputs = &State{Model: &model.Model{Mesh: model.Mesh{Name: o.Mesh}}}, outputs[:2]
	}
	var errs []error
	for _, output := range outputs {
		errs = append(errs, output(term, state))
	}
	o.World.announce()
	err := errors.Join(errs...)
	if apply.Outdated(err) {
		return reconcile.Result{RequeueAfter: time.Second}, nil
	}
	return reconcile.Result{}, err
}
