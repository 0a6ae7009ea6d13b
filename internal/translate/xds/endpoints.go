package xds

import (
	"slices"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
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
	made := make([]madeEndpoint, 0, len(e.Items))
	var accounts []string
	var last model.Endpoint
	var metadata *core.Metadata
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
			if metadata == nil || item.Account != last.Account || item.Plain != last.Plain {
				value := matchValue(item)
				accounts, metadata, last = append(accounts, value), encodedMetadata(value), item
			}
			made = append(made, madeEndpoint{})
			at[item.Place].LbEndpoints = append(at[item.Place].LbEndpoints, made[len(made)-1].of(item, metadata))
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

// madeEndpoint has all messages of an endpoint, so that those of many endpoints are allocated together.
type madeEndpoint struct {
	endpoint endpoint.LbEndpoint
	host     endpoint.LbEndpoint_Endpoint
	inner    endpoint.Endpoint
	address  core.Address
	socket   core.Address_SocketAddress
	at       core.SocketAddress
	port     core.SocketAddress_PortValue
	weight   wrapperspb.UInt32Value
}

func (m *madeEndpoint) of(e model.Endpoint, metadata *core.Metadata) *endpoint.LbEndpoint {
	m.port.PortValue, m.weight.Value = uint32(e.Port), max(e.Weight, 1)
	m.at.Address, m.at.PortSpecifier = e.Address.String(), &m.port
	m.socket.SocketAddress, m.address.Address = &m.at, &m.socket
	m.inner.Address, m.host.Endpoint = &m.address, &m.inner
	m.endpoint.HostIdentifier, m.endpoint.Metadata, m.endpoint.LoadBalancingWeight = &m.host, metadata, &m.weight
	return &m.endpoint
}
