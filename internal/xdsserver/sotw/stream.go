package sotw

import (
	"sync"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc"
)

// Adapt makes a delta stream of one of the state of the world. As with any stream, one goroutine may receive while
// another sends.
func Adapt(client discovery.AggregatedDiscoveryService_StreamAggregatedResourcesServer) discovery.AggregatedDiscoveryService_DeltaAggregatedResourcesServer {
	return &stream{ServerStream: client, client: client, talk: NewTalk()}
}

type stream struct {
	grpc.ServerStream
	client discovery.AggregatedDiscoveryService_StreamAggregatedResourcesServer

	mu   sync.Mutex
	talk *Talk
}

// Recv returns the next request that is not stale.
func (s *stream) Recv() (*discovery.DeltaDiscoveryRequest, error) {
	for {
		r, err := s.client.Recv()
		if err != nil {
			return nil, err
		}
		if delta := s.request(r); delta != nil {
			return delta, nil
		}
	}
}

func (s *stream) request(r *discovery.DiscoveryRequest) *discovery.DeltaDiscoveryRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.talk.Request(r)
}

// Send sends what a delta response comes to.
func (s *stream) Send(r *discovery.DeltaDiscoveryResponse) error {
	return s.client.Send(s.response(r))
}

func (s *stream) response(r *discovery.DeltaDiscoveryResponse) *discovery.DiscoveryResponse {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.talk.Response(r)
}
