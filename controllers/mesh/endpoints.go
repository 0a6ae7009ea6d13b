package mesh

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/weft-mesh/weft/internal/observe"
)

// Endpoints publishes the endpoints of one namespace when its pods or EndpointSlices have changed. It does not wait for a
// build of the world: that one follows, and finds nothing new if only addresses or readiness changed.
type Endpoints struct {
	Controller *Controller
	// Seen is when the first event of each namespace came that nobody has looked at.
	Seen *observe.Sightings
}

// Reconcile handles the namespace of a request.
func (e *Endpoints) Reconcile(ctx context.Context, r reconcile.Request) (reconcile.Result, error) {
	seen := e.Seen.Take(r.Namespace)
	c := e.Controller
	c.mu.Lock()
	defer c.mu.Unlock()
	state := c.published // not that of World, which comes a moment after its sets
	if !state.Joined(r.Namespace) {
		return reconcile.Result{}, nil
	}
	endpoints, err := c.endpoints(ctx, state, r.Namespace)
	if err != nil {
		return reconcile.Result{}, err
	}
	c.XDS.UpdateEndpoints(c.builder.SomeEndpoints(endpoints), seen)
	c.Metrics.made(c.builder.Work())
	return reconcile.Result{}, nil
}
