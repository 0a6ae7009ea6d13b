package xds

import (
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/weft-mesh/weft/internal/model"
)

// Endpoints encodes the endpoints of each cluster, by its name.
func Endpoints(all []model.Endpoints) map[string]*Resource {
	out := make(map[string]*Resource, len(all))
	for _, e := range all {
		name := ClusterName(e.Service, e.Port, e.Subset)
		assignment := &endpoint.ClusterLoadAssignment{ClusterName: name}
		if len(e.Items) > 0 {
			locality := &endpoint.LocalityLbEndpoints{}
			for _, item := range e.Items {
				locality.LbEndpoints = append(locality.LbEndpoints, lbEndpoint(item))
			}
			assignment.Endpoints = []*endpoint.LocalityLbEndpoints{locality}
		}
		out[name] = encode(EndpointType, name, assignment)
	}
	return out
}

func lbEndpoint(e model.Endpoint) *endpoint.LbEndpoint {
	value := accountValue(e.Account)
	if e.Plain {
		value = accountPlain
	}
	return &endpoint.LbEndpoint{
		HostIdentifier:      &endpoint.LbEndpoint_Endpoint{Endpoint: &endpoint.Endpoint{Address: address(e.Address.String(), uint32(e.Port))}},
		Metadata:            &core.Metadata{FilterMetadata: map[string]*structpb.Struct{matchMetadata: accountMatch(value)}},
		LoadBalancingWeight: wrapperspb.UInt32(max(e.Weight, 1)),
	}
}
