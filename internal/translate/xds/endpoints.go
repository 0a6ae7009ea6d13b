package xds

import (
	"slices"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/weft-mesh/weft/internal/model"
)

// assignment encodes the endpoints of one cluster.
func assignment(e model.Endpoints) *Resource {
	out := &endpoint.ClusterLoadAssignment{ClusterName: ClusterName(e.Service, e.Port, e.Subset)}
	var accounts []string
	if len(e.Items) > 0 {
		locality := &endpoint.LocalityLbEndpoints{}
		for _, item := range e.Items {
			locality.LbEndpoints = append(locality.LbEndpoints, lbEndpoint(item))
			accounts = append(accounts, matchValue(item))
		}
		out.Endpoints = []*endpoint.LocalityLbEndpoints{locality}
	}
	r := encode(EndpointType, out.ClusterName, out)
	slices.Sort(accounts)
	r.Accounts = slices.Compact(accounts)
	return r
}

// matchValue chooses what the endpoint must present.
func matchValue(e model.Endpoint) string {
	if e.Plain {
		return accountPlain
	}
	return accountValue(e.Account)
}

func lbEndpoint(e model.Endpoint) *endpoint.LbEndpoint {
	return &endpoint.LbEndpoint{
		HostIdentifier:      &endpoint.LbEndpoint_Endpoint{Endpoint: &endpoint.Endpoint{Address: address(e.Address.String(), uint32(e.Port))}},
		Metadata:            &core.Metadata{FilterMetadata: map[string]*structpb.Struct{matchMetadata: accountMatch(matchValue(e))}},
		LoadBalancingWeight: wrapperspb.UInt32(max(e.Weight, 1)),
	}
}
