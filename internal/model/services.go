package model

import (
	"cmp"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// services takes the Services that have an address that stays, and pods of their own or none.
func (b *builder) services() {
	for _, s := range b.Services {
		if len(s.Spec.Selector) == 0 && !isOutside(s) {
			continue
		}
		vips := addresses(s)
		if len(vips) == 0 {
			if len(s.Spec.Selector) > 0 {
				b.noteHeadless(s)
			}
			continue
		}
		service := Service{Key: keyOf(s), UID: string(s.UID), VIPs: vips, Selector: s.Spec.Selector}
		service.Ports = b.ports(s)
		if len(service.Ports) == 0 {
			continue
		}
		if service.Outside = isOutside(s); service.Outside {
			service.Plain = true
			b.noteOutside(&service)
		} else {
			service.Accounts, service.Plain = b.accounts(&service)
		}
		service.StickyHeader = b.sticky(s, service.Ports)
		b.model.Services = append(b.model.Services, service)
	}
}

func (b *builder) noteHeadless(s *corev1.Service) {
	if s.Spec.ClusterIP == corev1.ClusterIPNone {
		b.note("Service", keyOf(s), ReasonHeadless, "spec.clusterIP",
			"a headless Service is not part of the mesh: calls to its pods have no identity, so pods of the mesh refuse them")
	}
}

// catch tells the addresses of the mesh from those of all other Services.
func (b *builder) catch() {
	var mesh []netip.Addr
	for _, s := range b.model.Services {
		mesh = append(mesh, s.VIPs...)
	}
	slices.SortFunc(mesh, netip.Addr.Compare)
	mesh = slices.Compact(mesh)
	others := slices.DeleteFunc(b.vips, func(a netip.Addr) bool {
		_, is := slices.BinarySearchFunc(mesh, a, netip.Addr.Compare)
		return is
	})
	b.model.Catch = BuildCatch(mesh, others)
}

func addresses(s *corev1.Service) []netip.Addr {
	written := s.Spec.ClusterIPs
	if len(written) == 0 {
		written = []string{s.Spec.ClusterIP}
	}
	var out []netip.Addr
	for _, text := range written {
		if a, err := netip.ParseAddr(text); err == nil {
			out = append(out, a)
		}
	}
	slices.SortFunc(out, netip.Addr.Compare)
	return slices.Compact(out)
}

func (b *builder) ports(s *corev1.Service) []Port {
	var out []Port
	for _, p := range s.Spec.Ports {
		if !isTCP(p.Protocol) {
			continue
		}
		port := Port{Number: uint16(p.Port), Name: p.Name, Protocol: b.protocol(s, p)}
		port.TargetName = p.TargetPort.StrVal
		if port.TargetName == "" {
			port.TargetPort = uint16(cmp.Or(p.TargetPort.IntVal, p.Port))
		}
		out = append(out, port)
	}
	slices.SortFunc(out, func(a, b Port) int { return cmp.Compare(a.Number, b.Number) })
	return out
}

// accounts are what the pods with a sidecar run as; plain says that there are others. Pods that are not ready count:
// callers must know an account before its first pod serves.
func (b *builder) accounts(s *Service) (accounts []Identity, plain bool) {
	for _, pod := range b.podsOf(s) {
		if HasSidecar(pod) {
			accounts = append(accounts, IdentityOf(pod))
		} else {
			plain = true
		}
	}
	slices.SortFunc(accounts, compareIdentities)
	return slices.Compact(accounts), plain
}

func compareIdentities(a, b Identity) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Account, b.Account))
}
