package agentserver

import (
	"context"

	"github.com/weft-mesh/weft/internal/model"
)

// DeltaAggregatedResources hands the stream to XDS, with the proxy that the token names. What Envoy says in its node is
// not looked at.
func (s *Server) DeltaAggregatedResources(stream Stream) error {
	return s.XDS(proxyOf(stream.Context()), stream)
}

// StreamAggregatedResources does the same for a client that wants the state of the world.
func (s *Server) StreamAggregatedResources(stream WholeStream) error {
	return s.WholeXDS(proxyOf(stream.Context()), stream)
}

func proxyOf(ctx context.Context) Proxy {
	c := callerOf(ctx)
	return Proxy{
		Pod: c.key(), UID: c.claims.PodUID,
		Workload: model.Key{Namespace: c.claims.Namespace, Name: c.pod.Workload},
		Place:    c.pod.Place,
		NotAfter: c.claims.NotAfter,
	}
}
