package xds

import (
	"slices"

	"github.com/weft-mesh/weft/internal/model"
)

// Builder makes the sets of one mesh again and again. What a change does not concern is taken from the last time: the
// result is the same as if all were made anew, and what is equal is the same pointer. It is not safe for concurrent use.
type Builder struct {
	ports     memo[portKey, *model.Model, *Part]
	workloads memo[model.Key, workloadInput, *Part]
	endpoints memo[string, model.Endpoints, *Resource]
	sockets   *sockets
	fixed     *Part
	pieces    []*Part // of shared
	shared    *Part
	sets      map[model.Key]*Set
}

type portKey struct {
	service model.Key
	port    uint16
}

// workloadInput is all that the inbound side of a workload is made of.
type workloadInput struct {
	trustDomain string
	workload    model.Workload
}

// Work counts what a Builder has made, and not taken from the last time, since it began.
type Work struct{ Ports, Workloads, Endpoints int }

// Work is what the Builder has made so far.
func (b *Builder) Work() Work {
	return Work{Ports: b.ports.work, Workloads: b.workloads.work, Endpoints: b.endpoints.work}
}

// Build makes the set of each workload. In this release every workload gets the Services of its whole mesh, so all that
// is outbound is made once and shared.
func (b *Builder) Build(m *model.Model) map[model.Key]*Set {
	shared := b.outbound(m)
	sets := make(map[model.Key]*Set, len(m.Workloads))
	for _, w := range m.Workloads {
		own := b.workloads.of(w.Key, workloadInput{m.Mesh.TrustDomain, w}, inbound)
		if old := b.sets[w.Key]; old != nil && old.Shared == shared && old.Own == own {
			sets[w.Key] = old
			continue
		}
		sets[w.Key] = NewSet(shared, own)
	}
	b.workloads.sweep()
	b.sets = sets
	return sets
}

// Endpoints encodes the endpoints of each cluster, by its name.
func (b *Builder) Endpoints(all []model.Endpoints) map[string]*Resource {
	out := make(map[string]*Resource, len(all))
	for _, e := range all {
		name := ClusterName(e.Service, e.Port, e.Subset)
		out[name] = b.endpoints.of(name, e, assignment)
	}
	b.endpoints.sweep()
	return out
}

// outbound is how to call each Service of the mesh, and everything else.
func (b *Builder) outbound(m *model.Model) *Part {
	if b.sockets == nil || b.sockets.trustDomain != m.Mesh.TrustDomain {
		b.sockets = newSockets(m.Mesh.TrustDomain)
	}
	if b.fixed == nil {
		b.fixed = fixed()
	}
	pieces := []*Part{b.fixed}
	for i := range m.Services {
		service := &m.Services[i]
		for j := range service.Ports {
			number := service.Ports[j].Number
			pieces = append(pieces, b.ports.of(portKey{service.Key, number}, concerning(m, service, &service.Ports[j]), func(m *model.Model) *Part {
				return portOf(m, service.Key, number, b.sockets)
			}))
		}
	}
	b.ports.sweep()
	if b.shared == nil || !slices.Equal(pieces, b.pieces) {
		b.pieces, b.shared = pieces, joined(pieces)
	}
	return b.shared
}

// concerning is the part of a model that the configuration of a port is made of: its Service with this port, and of the
// Services that its routes lead to how they are divided.
func concerning(m *model.Model, service *model.Service, port *model.Port) *model.Model {
	out := &model.Model{Mesh: model.Mesh{TrustDomain: m.Mesh.TrustDomain}}
	own := *service
	own.UID, own.Selector, own.Ports = "", nil, []model.Port{*port}
	for _, p := range service.Ports {
		if p.Number != port.Number {
			own.Ports = append(own.Ports, model.Port{Number: p.Number, Protocol: p.Protocol})
		}
	}
	out.Services = append(out.Services, own)
	for _, r := range port.Routes {
		for _, backend := range r.Backends {
			if to, found := m.Service(backend.Service); found && to.Key != service.Key {
				out.Services = append(out.Services, divided(to))
			}
		}
	}
	slices.SortFunc(out.Services, func(a, b model.Service) int { return a.Compare(b.Key) })
	out.Services = slices.CompactFunc(out.Services, func(a, b model.Service) bool { return a.Key == b.Key })
	return out
}

// divided is what a route needs to know of a Service that it leads to.
func divided(s *model.Service) model.Service {
	out := model.Service{Key: s.Key, Split: s.Split, StickyHeader: s.StickyHeader}
	for _, p := range s.Ports {
		out.Ports = append(out.Ports, model.Port{Number: p.Number, Protocol: p.Protocol})
	}
	return out
}
