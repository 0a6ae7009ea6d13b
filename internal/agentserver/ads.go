package agentserver

import (
	"github.com/weft-mesh/weft/internal/model"
)

// DeltaAggregatedResources hands the stream to XDS, with the proxy that the token names. What Envoy says in its node is
// not looked at.
func (s *Server) DeltaAggregatedResources(stream Stream) error {
	c := callerOf(stream.Context())
	return s.XDS(Proxy{
		Pod: c.key(), UID: c.claims.PodUID,
		Workload: model.Key{Namespace: c.claims.Namespace, Name: c.pod.Workload},
		NotAfter: c.claims.NotAfter,
	}, stream)
}
