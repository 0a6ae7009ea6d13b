package xds

import (
	"slices"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/weft-mesh/weft/internal/model"
)

// assignment encodes the endpoints of one cluster, and how callers at each place prefer them.
func assignment(e model.Endpoints) *Resource {
	r := levels(e, [][]model.Endpoint{e.Items})
	for _, place := range e.Places() {
		of := e.Levels(place)
		if len(of) < 2 {
			continue
		}
		if r.Near == nil {
			r.Near = map[model.Place]*Resource{}
		}
		near := levels(e, of)
		r.Near[place] = near
		if r.Problem == "" {
			r.Problem = near.Problem
		}
	}
	return r
}

// levels encodes endpoints in levels of preference, and in each by where they are.
func levels(e model.Endpoints, all [][]model.Endpoint) *Resource {
	out := &endpoint.ClusterLoadAssignment{ClusterName: ClusterName(e.Service, e.Port, e.Subset)}
	var accounts []string
	for priority, items := range all {
		at := map[model.Place]*endpoint.LocalityLbEndpoints{}
		for _, item := range items {
			if at[item.Place] == nil {
				at[item.Place] = &endpoint.LocalityLbEndpoints{Priority: uint32(priority)}
				if p := item.Place; p != (model.Place{}) {
					at[item.Place].Locality = &core.Locality{Region: p.Region, Zone: p.Zone}
				}
				out.Endpoints = append(out.Endpoints, at[item.Place])
			}
			at[item.Place].LbEndpoints = append(at[item.Place].LbEndpoints, lbEndpoint(item))
			accounts = append(accounts, matchValue(item))
		}
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
