// Package mesh is the world loop: it turns the cluster into what proxies and network policies are to be.
//
// Every replica builds the world and serves proxies (Controller, Endpoints). Only the leader writes to the API server
// (Outputs): a slow API server holds up no proxy.
package mesh

import (
	"context"
	"fmt"
	"sync"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/observe"
	"github.com/weft-mesh/weft/internal/snapshot"
	"github.com/weft-mesh/weft/internal/translate/xds"
	"github.com/weft-mesh/weft/internal/xdsserver"
)

// Controller builds the mesh of this control plane and publishes it.
type Controller struct {
	Cluster observe.Cluster
	XDS     *xdsserver.Server
	World   *World
	// Pace is told of the events that make a build.
	Pace    *observe.Pace
	Metrics *Metrics
	// Held is told which Policies the proxies of this replica get now: the version by their UID.
	Held func(map[string]string)

	mu        sync.Mutex // from reading pods to publishing their endpoints, so that no older ones come after
	builder   xds.Builder
	published *State // what proxies get; nil before the first build, or without a Mesh
}

// Reconcile builds the world, if something was seen and its pace allows.
func (c *Controller) Reconcile(ctx context.Context, _ reconcile.Request) (reconcile.Result, error) {
	seen, wait, begun := c.Pace.Begin(time.Now())
	if !begun {
		return reconcile.Result{RequeueAfter: wait}, nil
	}
	err := c.build(ctx, seen)
	c.Pace.End(time.Now(), err != nil)
	return reconcile.Result{}, err
}

func (c *Controller) build(ctx context.Context, seen time.Time) error {
	begun := time.Now()
	snap, found, err := c.Cluster.Snapshot(ctx)
	if err != nil {
		return fmt.Errorf("observe mesh %s: %w", c.Cluster.Mesh, err)
	}
	if !found { // proxies keep the configuration that they have
		c.mu.Lock()
		c.published = nil
		c.mu.Unlock()
		c.World.set(nil)
		return nil
	}
	state := &State{Snapshot: snap, Model: model.Build(snap), Pods: model.Pods(snap)}
	state.Scopes = model.ScopesOf(state.Model, state.Model.Mesh.ScopeBudget)
	if err := c.publish(ctx, state, seen); err != nil {
		return err
	}
	c.Held(state.sequences())
	c.World.set(state)
	c.Metrics.built(time.Since(begun))
	return nil
}

func (c *Controller) publish(ctx context.Context, state *State, seen time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	sets, directory := c.builder.BuildScoped(state.Model, state.Scopes)
	endpoints, err := c.endpoints(ctx, state, "")
	if err != nil {
		return err
	}
	c.XDS.Publish(xdsserver.World{Sets: sets, Directory: directory, Endpoints: c.builder.Endpoints(endpoints), Seen: seen})
	c.published, state.Withheld = state, c.builder.Findings()
	c.Metrics.made(c.builder.Work())
	return nil
}

// endpoints are those of one namespace, or of all if it is "", by the pods and EndpointSlices as they are now. The caller
// holds the lock.
func (c *Controller) endpoints(ctx context.Context, state *State, namespace string) ([]model.Endpoints, error) {
	here := snapshot.Snapshot{OperatorNamespace: c.Cluster.Namespace}
	for _, n := range state.Snapshot.Namespaces {
		if namespace == "" || n.Name == namespace {
			here.Namespaces = append(here.Namespaces, n)
		}
	}
	var err error
	if here.Pods, err = c.Cluster.Pods(ctx, namespace); err != nil {
		return nil, fmt.Errorf("observe pods: %w", err)
	}
	if here.Slices, err = c.Cluster.Slices(ctx, namespace); err != nil {
		return nil, fmt.Errorf("observe EndpointSlices: %w", err)
	}
	if state.Model.PrefersNear(namespace) {
		if here.Nodes, err = c.Cluster.Nodes(ctx); err != nil {
			return nil, fmt.Errorf("observe nodes: %w", err)
		}
	}
	return model.BuildEndpoints(here, state.Model), nil
}
