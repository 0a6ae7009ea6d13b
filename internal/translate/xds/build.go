package xds

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/weft-mesh/weft/internal/model"
)

// Build makes the set of each workload. In this release every workload gets the Services of its whole mesh, so all that
// is outbound is made once and shared.
func Build(m *model.Model) map[model.Key]*Set {
	shared := outbound(m)
	mesh := model.Stamp{Kind: "Mesh", Name: m.Mesh.Name, UID: m.Mesh.UID, Version: strconv.FormatInt(m.Mesh.Generation, 10)}
	shared.Stamps[mesh] = append(shared.ids(), inboundID)
	digest := []byte(shared.digest())
	sets := make(map[model.Key]*Set, len(m.Workloads))
	for i := range m.Workloads {
		own := inbound(m.Mesh, &m.Workloads[i])
		sets[m.Workloads[i].Key] = &Set{Version: hash(digest, []byte(own.digest())), Shared: shared, Own: own}
	}
	return sets
}

// outbound is how to call each Service of the mesh, and everything else.
func outbound(m *model.Model) *Part {
	p := newPart()
	p.add(passthroughCluster())
	p.add(nowhereCluster())
	p.add(catcherListener())
	sockets := newSockets(m.Mesh.TrustDomain)
	for i := range m.Services {
		service := &m.Services[i]
		for j := range service.Ports {
			p.port(m, service, &service.Ports[j], sockets)
		}
	}
	p.add(inboundCluster(model.HTTP))
	p.add(inboundCluster(model.GRPC))
	return p
}

// port adds the clusters, listeners and routes of one port.
func (p *Part) port(m *model.Model, service *model.Service, port *model.Port, sockets *sockets) {
	name := ClusterName(service.Key, port.Number, "")
	for _, c := range serviceClusters(service, port, sockets) {
		p.add(c, port.RouteStamps...)
		if service.Split != nil {
			p.stamp(c, service.Split.Stamp)
		}
	}
	for _, vip := range service.VIPs {
		p.add(outboundListener(name, vip, port))
	}
	if port.Protocol.IsHTTP() {
		p.add(routeConfiguration(m, name, service, port), routeStamps(m, service, port)...)
	}
}

// routeStamps are the HTTPRoutes of a port and the Canaries of all Services that its routes lead to.
func routeStamps(m *model.Model, service *model.Service, port *model.Port) []model.Stamp {
	out := slices.Clone(port.RouteStamps)
	for _, r := range routesOf(service, port) {
		for _, b := range r.Backends {
			if to, found := m.Service(b.Service); found && to.Split != nil {
				out = append(out, to.Split.Stamp)
			}
		}
	}
	slices.SortFunc(out, compareStamps)
	return slices.Compact(out)
}

func compareIDs(a, b ID) int {
	return cmp.Or(cmp.Compare(a.TypeURL, b.TypeURL), cmp.Compare(a.Name, b.Name))
}

func compareStamps(a, b model.Stamp) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.UID, b.UID), cmp.Compare(a.Version, b.Version))
}
