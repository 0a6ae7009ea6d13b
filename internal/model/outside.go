package model

import (
	"cmp"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
)

// A Service without a selector stands for something that is not in the cluster: an outside host. Its addresses are in
// EndpointSlices that somebody writes. It is called without TLS of the mesh, and with the limits of every Service.

// apiServer is the Service of the API server. Its clients must get through whatever the mesh does.
var apiServer = Key{"default", "kubernetes"}

// isOutside says whether a Service stands for an outside host.
func isOutside(s *corev1.Service) bool {
	return len(s.Spec.Selector) == 0 && s.Spec.Type != corev1.ServiceTypeExternalName && keyOf(s) != apiServer
}

// slicesOf are the EndpointSlices of a Service, in order.
func (x *index) slicesOf(service Key) []*discovery.EndpointSlice { return x.byService[service] }

// outsideEndpoints are the addresses that are written for a port of an outside host.
func outsideEndpoints(p *Port, list []*discovery.EndpointSlice) []Endpoint {
	var out []Endpoint
	for _, slice := range list {
		number, has := slicePort(slice, p.Name)
		if !has {
			continue
		}
		for _, address := range sliceAddresses(slice) {
			out = append(out, Endpoint{Address: address, Port: number, Plain: true, Weight: 1})
		}
	}
	slices.SortFunc(out, func(a, b Endpoint) int {
		return cmp.Or(a.Address.Compare(b.Address), cmp.Compare(a.Port, b.Port))
	})
	return slices.Compact(out)
}

// slicePort finds a port of a slice by the name that it has in the Service.
func slicePort(s *discovery.EndpointSlice, name string) (uint16, bool) {
	for _, p := range s.Ports {
		if p.Port == nil || *p.Port < 1 || *p.Port > 65535 || p.Protocol != nil && !isTCP(*p.Protocol) {
			continue
		}
		if p.Name == nil && name == "" || p.Name != nil && *p.Name == name {
			return uint16(*p.Port), true
		}
	}
	return 0, false
}

// sliceAddresses are those that take calls. What Kubernetes does not know counts as ready.
func sliceAddresses(s *discovery.EndpointSlice) (out []netip.Addr) {
	for _, e := range s.Endpoints {
		if e.Conditions.Ready != nil && !*e.Conditions.Ready {
			continue
		}
		for _, text := range e.Addresses {
			if a, can := callable(text); can {
				out = append(out, a)
			}
		}
	}
	return out
}

// noteOutside tells of names, which are not looked up.
func (b *builder) noteOutside(s *Service) {
	for _, slice := range b.slicesOf(s.Key) {
		if slice.AddressType == discovery.AddressTypeFQDN {
			b.note("Service", s.Key, ReasonOutsideName, "spec.selector", "the EndpointSlice %s has names; only addresses are called", slice.Name)
		}
	}
}
