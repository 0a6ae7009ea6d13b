package xds

import (
	"iter"
	"slices"

	"github.com/weft-mesh/weft/internal/model"
)

// Builder makes the sets of one mesh again and again. What a change does not concern is taken from the last time: the
// result is the same as if all were made anew, and what is equal is the same pointer. It is not safe for concurrent use.
type Builder struct {
	ports     memo[portKey, *model.Model, *Part]
	workloads memo[model.Key, workloadInput, *Part]
	endpoints memo[string, model.Endpoints, assigned]
	joined    memo[string, pieces, *Part] // by scope, and by Service
	fixed     *Part
	narrow    memo[string, model.Catch, *Part]    // one
	claims    memo[string, []model.Issuer, *Part] // one
	sets      map[model.Key]*Set
	directory *Directory
}

var everything = &model.Scope{Whole: true}

// pieces are parts that make a larger one. They are compared by identity.
type pieces []*Part

type portKey struct {
	service model.Key
	port    uint16
}

// workloadInput is all that the inbound side of a workload is made of.
type workloadInput struct {
	trustDomain string
	workload    model.Workload
	scope       *model.Scope // nil: the whole mesh
}

// Work counts what a Builder has made, and not taken from the last time, since it began.
type Work struct{ Ports, Workloads, Endpoints int }

// Work is what the Builder has made so far.
func (b *Builder) Work() Work {
	return Work{Ports: b.ports.work, Workloads: b.workloads.work, Endpoints: b.endpoints.work}
}

// Build makes the set of each workload, with the Services of its whole mesh.
func (b *Builder) Build(m *model.Model) map[model.Key]*Set {
	sets, _ := b.BuildScoped(m, nil)
	return sets
}

// BuildScoped makes the set of each workload, with the Services of its scope, and the directory of all Services. A workload
// without a scope gets the whole mesh. What is outbound is made once for all workloads of one scope.
func (b *Builder) BuildScoped(m *model.Model, scopes model.Scopes) (map[model.Key]*Set, *Directory) {
	directory, ports := b.services(m)
	outbound, ids := map[string]*Part{}, map[*model.Scope]string{}
	sets := make(map[model.Key]*Set, len(m.Workloads))
	for _, w := range m.Workloads {
		scope := scopes[w.Key]
		if scope == nil {
			scope = everything
		}
		id, known := ids[scope]
		if !known {
			id = scope.ID()
			ids[scope] = id
		}
		if outbound[id] == nil {
			outbound[id] = b.outbound(m, scope, id, ports)
		}
		in := workloadInput{trustDomain: m.Mesh.TrustDomain, workload: w}
		in.workload.Serves, in.workload.Calls, in.workload.FirstCalls = nil, nil, false
		if !scope.Whole {
			in.scope = scope
		}
		own := b.workloads.of(w.Key, in, soundInbound)
		if old := b.sets[w.Key]; old != nil && old.Shared == outbound[id] && old.Own == own {
			sets[w.Key] = old
			continue
		}
		sets[w.Key] = NewSet(outbound[id], own)
	}
	b.workloads.sweep()
	b.joined.sweep()
	b.narrow.sweep()
	b.claims.sweep()
	b.sets = sets
	if !directory.equals(b.directory) {
		b.directory = directory
	}
	return sets, b.directory
}

// Findings are about objects whose configuration Envoy would refuse, so that it was withheld from the last sets and
// endpoints. They are sorted.
func (b *Builder) Findings() []model.Finding {
	var out []model.Finding
	for _, parts := range []iter.Seq[*Part]{b.ports.all(), b.workloads.all(), b.narrow.all(), b.claims.all()} {
		for part := range parts {
			out = append(out, part.Findings...)
		}
	}
	for e := range b.endpoints.all() {
		out = append(out, e.findings...)
	}
	return model.SortedFindings(out)
}

// Endpoints encodes the endpoints of each cluster, by its name.
func (b *Builder) Endpoints(all []model.Endpoints) map[string]*Resource {
	out := b.SomeEndpoints(all)
	b.endpoints.sweep()
	return out
}

// SomeEndpoints encodes the endpoints of some clusters, and forgets those of no other.
func (b *Builder) SomeEndpoints(some []model.Endpoints) map[string]*Resource {
	out := make(map[string]*Resource, len(some))
	for _, e := range some {
		name := ClusterName(e.Service, e.Port, e.Subset)
		if r := b.endpoints.of(name, e, soundAssignment).resource; r != nil {
			out[name] = r
		}
	}
	return out
}

// services has how to call each port of each Service, in their order.
func (b *Builder) services(m *model.Model) (*Directory, [][]*Part) {
	kit := newKit(m.Mesh.TrustDomain)
	directory, all := newDirectory(len(m.Services)), make([][]*Part, len(m.Services))
	for i := range m.Services {
		service := &m.Services[i]
		for j := range service.Ports {
			number := service.Ports[j].Number
			all[i] = append(all[i], b.ports.of(portKey{service.Key, number}, concerning(m, service, &service.Ports[j]), func(m *model.Model, last *Part) *Part {
				return soundPort(m, service.Key, number, kit, last)
			}))
		}
		part := all[i][0]
		if len(all[i]) > 1 {
			part = b.join("service "+service.Key.String(), all[i])
		}
		directory.add(m, service, part)
	}
	b.ports.sweep()
	return directory, all
}

// outbound is how to call each Service of a scope, and everything else.
func (b *Builder) outbound(m *model.Model, scope *model.Scope, id string, ports [][]*Part) *Part {
	if b.fixed == nil {
		b.fixed = fixed()
	}
	parts := []*Part{b.fixed}
	if scope.Whole {
		parts = append(parts, wholeCatch)
	} else {
		parts = append(parts, b.narrow.of("", m.Catch, soundCatch))
	}
	called := len(parts)
	for i := range m.Services {
		if scope.Has(m.Services[i].Key) {
			parts = append(parts, ports[i]...)
		}
	}
	if slices.ContainsFunc(parts[called:], (*Part).asksForTokens) {
		parts = append(parts, b.claims.of("", m.Mesh.Issuers, soundClaims))
	}
	return b.join("scope "+id, parts)
}

// join puts parts together. What was made of the same parts is the same.
func (b *Builder) join(name string, parts []*Part) *Part {
	return b.joined.of(name, parts, func(p pieces, _ *Part) *Part { return joined(p) })
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
	out := model.Service{Key: s.Key, Split: s.Split, StickyHeader: s.StickyHeader, Near: s.Near, LimitStamps: s.LimitStamps}
	out.Limits.Retries, out.Limits.RequestTimeout = s.Limits.Retries, s.Limits.RequestTimeout
	for _, p := range s.Ports {
		out.Ports = append(out.Ports, model.Port{Number: p.Number, Protocol: p.Protocol})
	}
	return out
}
