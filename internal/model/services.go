package model

import (
	"cmp"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// services takes the Services that have an address that stays, and pods of their own or none.
func (b *builder) services() {
	owners := b.owners()
	for _, s := range b.Services {
		if !isDestination(s) {
			continue
		}
		vips := addresses(s)
		if len(vips) == 0 {
			if len(s.Spec.Selector) > 0 {
				b.noteHeadless(s)
			}
			continue
		}
		vips = slices.DeleteFunc(vips, func(a netip.Addr) bool { return b.isTaken(s, a, owners[a]) })
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
		service.Near = b.near(s)
		b.model.Services = append(b.model.Services, service)
	}
}

func isDestination(s *corev1.Service) bool {
	return s.Spec.Type != corev1.ServiceTypeExternalName && (len(s.Spec.Selector) > 0 || isOutside(s))
}

// owners are the Services that calls to an address lead to: the oldest that has it.
func (b *builder) owners() map[netip.Addr]Key {
	out := map[netip.Addr]Key{}
	for _, s := range slices.SortedFunc(slices.Values(b.Services), func(a, b *corev1.Service) int { return older(a, b) }) {
		for _, a := range addresses(s) {
			if _, taken := out[a]; !taken && isDestination(s) {
				out[a] = keyOf(s)
			}
		}
	}
	return out
}

func (b *builder) isTaken(s *corev1.Service, a netip.Addr, owner Key) bool {
	if owner == keyOf(s) {
		return false
	}
	b.note("Service", keyOf(s), ReasonAddressTaken, "spec.clusterIPs", "%s is an address of the Service %s too, which is older; calls to it lead there", a, owner)
	return true
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

// callable is an address that a call from anywhere can be made to: one of a single link is none.
func callable(text string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(text)
	return a.Unmap(), err == nil && a.Zone() == ""
}

func addresses(s *corev1.Service) []netip.Addr {
	written := s.Spec.ClusterIPs
	if len(written) == 0 {
		written = []string{s.Spec.ClusterIP}
	}
	var out []netip.Addr
	for _, text := range written {
		if a, can := callable(text); can {
			out = append(out, a)
		}
	}
	slices.SortFunc(out, netip.Addr.Compare)
	return slices.Compact(out)
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
