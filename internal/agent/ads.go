package agent

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"

	"github.com/weft-mesh/weft/internal/agent/identity"
	"github.com/weft-mesh/weft/internal/agent/operator"
	"github.com/weft-mesh/weft/internal/agent/relay"
)

// Type URLs in the order in which a new stream asks for them. They are those of package translate/xds.
const (
	clusterType  = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
	endpointType = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"
	listenerType = "type.googleapis.com/envoy.config.listener.v3.Listener"
	routeType    = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"
	filterType   = "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig"
)

// ads gives the relay its streams: one of Envoy, and to each one of the operator.
type ads struct {
	discoveryv3.UnimplementedAggregatedDiscoveryServiceServer
	client discoveryv3.AggregatedDiscoveryServiceClient
	log    *slog.Logger

	turn   sync.Mutex // held by the stream of Envoy that is served
	mu     sync.Mutex // guards what is below, for readers beside the stream
	relay  *relay.Relay
	cancel context.CancelFunc // ends the stream that is served
}

func newADS(client discoveryv3.AggregatedDiscoveryServiceClient, log *slog.Logger) *ads {
	return &ads{client: client, log: log, relay: relay.New(clusterType, endpointType, listenerType, routeType, filterType)}
}

// listening says whether Envoy has acknowledged its listeners.
func (a *ads) listening() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.relay.Acknowledged(listenerType)
}

type (
	envoyStream    = discoveryv3.AggregatedDiscoveryService_DeltaAggregatedResourcesServer
	operatorStream = discoveryv3.AggregatedDiscoveryService_DeltaAggregatedResourcesClient
)

// DeltaAggregatedResources serves Envoy's stream. A newer stream ends an older one: there is one Envoy.
func (a *ads) DeltaAggregatedResources(stream envoyStream) error {
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	a.mu.Lock()
	if a.cancel != nil {
		a.cancel()
	}
	a.cancel = cancel
	a.mu.Unlock()
	a.turn.Lock()
	defer a.turn.Unlock()
	return a.serve(ctx, stream)
}

// news is what the operator's side has to say: a new stream, a response, or the end.
type news struct {
	opened   operatorStream
	response *relay.Response
	ended    bool
}

func (a *ads) serve(ctx context.Context, envoy envoyStream) error {
	requests, failed := make(chan *relay.Request), make(chan error, 1)
	go func() { failed <- pump(ctx, envoy.Recv, requests) }()
	operator := make(chan news)
	go a.follow(ctx, operator)

	var up operatorStream
	emit := func(step func(*relay.Relay) relay.Out) error {
		a.mu.Lock()
		out := step(a.relay)
		a.mu.Unlock()
		for _, m := range out.ToEnvoy {
			if err := envoy.Send(m); err != nil {
				return err
			}
		}
		for _, m := range out.ToOperator {
			if up == nil || up.Send(m) != nil {
				break // the end of the stream follows as news
			}
		}
		return nil
	}
	_ = emit(func(r *relay.Relay) relay.Out { r.EnvoyOpened(); return relay.Out{} })
	defer emit(func(r *relay.Relay) relay.Out { r.EnvoyClosed(); return r.OperatorClosed() }) //nolint:errcheck // nothing is sent
	for {
		var err error
		select {
		case request := <-requests:
			if request.ErrorDetail != nil {
				a.log.Error("envoy rejected configuration", "type", request.TypeUrl, "reason", request.ErrorDetail.Message)
			}
			err = emit(func(r *relay.Relay) relay.Out { return r.FromEnvoy(request) })
		case n := <-operator:
			switch {
			case n.opened != nil:
				up = n.opened
				err = emit((*relay.Relay).OperatorOpened)
			case n.ended:
				up = nil
				err = emit((*relay.Relay).OperatorClosed)
			default:
				err = emit(func(r *relay.Relay) relay.Out { return r.FromOperator(n.response) })
			}
		case err = <-failed:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}

// pump hands on what a stream receives until it ends.
func pump[M any](ctx context.Context, receive func() (M, error), to chan<- M) error {
	for {
		m, err := receive()
		if err != nil {
			return err
		}
		select {
		case to <- m:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// follow keeps a stream to the operator open.
func (a *ads) follow(ctx context.Context, to chan<- news) {
	tell := func(n news) bool {
		select {
		case to <- n:
			return true
		case <-ctx.Done():
			return false
		}
	}
	for failures := 0; ctx.Err() == nil; failures++ {
		stream, err := a.client.DeltaAggregatedResources(ctx)
		if err == nil && tell(news{opened: stream}) {
			for {
				var response *relay.Response
				if response, err = stream.Recv(); err != nil {
					break
				}
				failures = 0
				if !tell(news{response: response}) {
					return
				}
			}
			tell(news{ended: true})
		}
		if ctx.Err() == nil {
			a.log.Warn("configuration stream to the operator ended, will open it again", "error", err)
		}
		select {
		case <-time.After(identity.Backoff(failures, operator.FirstWait, operator.MostWait, rand.Float64())):
		case <-ctx.Done():
		}
	}
}
