package main

import (
	"fmt"
	"sync"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/weft-mesh/weft/test/bench/peers/town"
)

const name = "team-00/svc-0000/8080"

// codec sends bytes as they are and drops what comes, but for requests that are no answers.
type codec struct{}

func (codec) Name() string { return "proto" }

func (codec) Marshal(v any) ([]byte, error) { return v.([]byte), nil }

func (codec) Unmarshal(data []byte, v any) error {
	return proto.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(data, v.(proto.Message))
}

type server struct {
	discovery.UnimplementedAggregatedDiscoveryServiceServer
	mu      sync.Mutex
	streams map[*streamOf]bool
}

// streamOf is one client. Next holds what is to be written.
type streamOf struct{ next chan []byte }

func (s *server) DeltaAggregatedResources(stream discovery.AggregatedDiscoveryService_DeltaAggregatedResourcesServer) error {
	own := &streamOf{make(chan []byte, 8)}
	s.mu.Lock()
	s.streams[own] = true
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.streams, own)
		s.mu.Unlock()
	}()
	done := make(chan error, 1)
	go func() {
		r := &discovery.DeltaDiscoveryRequest{}
		for {
			if err := stream.RecvMsg(r); err != nil {
				done <- err
				return
			}
			if r.GetResponseNonce() == "" {
				message, err := first(r.GetTypeUrl())
				if err != nil {
					done <- err
					return
				}
				own.next <- message
			}
		}
	}()
	for {
		select {
		case message := <-own.next:
			if err := stream.SendMsg(message); err != nil {
				return err
			}
		case err := <-done:
			return err
		}
	}
}

func (s *server) push(n int) error {
	message, err := response(town.Endpoint.URL, name, endpoints(town.FreshAddress(n)))
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for to := range s.streams {
		to.next <- message
	}
	return nil
}

// first is the answer to a subscription.
func first(url string) ([]byte, error) {
	for _, body := range []proto.Message{
		&cluster.Cluster{Name: name, ClusterDiscoveryType: &cluster.Cluster_Type{Type: cluster.Cluster_EDS}},
		&listener.Listener{Name: name},
		endpoints(town.Address(0, 0)),
	} {
		if url == "type.googleapis.com/"+string(body.ProtoReflect().Descriptor().FullName()) {
			return response(url, name, body)
		}
	}
	return nil, fmt.Errorf("there is no %s", url)
}

func response(url, name string, body proto.Message) ([]byte, error) {
	resource, err := anypb.New(body)
	if err != nil {
		return nil, err
	}
	return proto.Marshal(&discovery.DeltaDiscoveryResponse{
		TypeUrl: url, Nonce: "1", Resources: []*discovery.Resource{{Name: name, Version: "1", Resource: resource}},
	})
}

// endpoints are as many as those of a Service of the town, of which the first has an address.
func endpoints(address string) *endpoint.ClusterLoadAssignment {
	out := &endpoint.LocalityLbEndpoints{}
	for _, at := range []string{address, town.Address(0, 1), town.Address(0, 2)} {
		out.LbEndpoints = append(out.LbEndpoints, &endpoint.LbEndpoint{HostIdentifier: &endpoint.LbEndpoint_Endpoint{Endpoint: &endpoint.Endpoint{
			Address: &core.Address{Address: &core.Address_SocketAddress{SocketAddress: &core.SocketAddress{
				Address: at, PortSpecifier: &core.SocketAddress_PortValue{PortValue: town.Port},
			}}},
		}}})
	}
	return &endpoint.ClusterLoadAssignment{ClusterName: name, Endpoints: []*endpoint.LocalityLbEndpoints{out}}
}
