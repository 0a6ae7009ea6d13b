package xds

import (
	"cmp"
	"slices"

	"github.com/weft-mesh/weft/internal/model"
)

// Build makes the set of each workload of a model.
func Build(m *model.Model) map[model.Key]*Set { return new(Builder).Build(m) }

// Endpoints encodes the endpoints of each cluster, by its name.
func Endpoints(all []model.Endpoints) map[string]*Resource { return new(Builder).Endpoints(all) }

// fixed is the part of the outbound side that is the same in every mesh.
func fixed() *Part {
	c := newContents()
	c.add(passthroughCluster())
	c.add(nowhereCluster())
	c.add(inboundCluster(model.HTTP))
	c.add(inboundCluster(model.GRPC))
	return c.part()
}

// wholeCatch takes calls of a proxy that knows its whole mesh.
var wholeCatch = func() *Part {
	c := newContents()
	c.add(catcherListener())
	return c.part()
}()

// narrowCatch takes calls of a proxy that doesn't.
func narrowCatch(catch model.Catch) *Part {
	c := newContents()
	c.add(narrowCatcherListener(catch))
	c.add(firstListener())
	return c.part()
}

// portOf has the clusters, listeners and routes of one port.
func portOf(m *model.Model, key model.Key, number uint16, kit *kit) *Part {
	service, _ := m.Service(key)
	port, _ := service.Port(number)
	c, name := newContents(), ClusterName(service.Key, port.Number, "")
	for _, r := range serviceClusters(service, port, kit) {
		c.add(r, port.RouteStamps...)
		for _, s := range service.LimitStamps {
			c.stamp(r, s)
		}
		if service.Split != nil {
			c.stamp(r, service.Split.Stamp)
		}
	}
	for _, vip := range service.VIPs {
		c.add(kit.listeners.of(name, vip, port))
	}
	if port.Protocol.IsHTTP() {
		c.add(kit.routes(m, name, service, port), routeStamps(m, service, port)...)
	} else if len(service.VIPs) > 0 { // a listener names it
		r := connections(name, service, port)
		c.add(r)
		if service.Split != nil {
			c.stamp(r, service.Split.Stamp)
		}
	}
	return c.part()
}

// routeStamps are the HTTPRoutes of a port, and the Canaries and limits of all Services that its routes lead to.
func routeStamps(m *model.Model, service *model.Service, port *model.Port) []model.Stamp {
	out := slices.Clone(port.RouteStamps)
	for _, r := range routesOf(service, port) {
		for _, b := range r.Backends {
			to, found := m.Service(b.Service)
			if !found {
				continue
			}
			out = append(out, to.LimitStamps...)
			if to.Split != nil {
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
