package xds

import (
	"iter"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/weft-mesh/weft/internal/model"
)

// Directory has all Services of a mesh: what a proxy can get beyond its scope. It never changes once it is made, and a
// Builder gives the same one as long as it has the same.
type Directory struct {
	services map[model.Key]*Part
	leads    map[model.Key][]model.Key // where its routes lead, at any number of steps
	at       map[netip.Addr]model.Key
}

// NewDirectory makes the directory of a model.
func NewDirectory(m *model.Model) *Directory {
	_, d := new(Builder).BuildScoped(m, nil)
	return d
}

func newDirectory(services int) *Directory {
	return &Directory{
		services: make(map[model.Key]*Part, services), leads: map[model.Key][]model.Key{}, at: make(map[netip.Addr]model.Key, services),
	}
}

func (d *Directory) add(m *model.Model, s *model.Service, part *Part) {
	d.services[s.Key] = part
	if to := m.LeadTo([]model.Key{s.Key}); len(to) > 0 {
		d.leads[s.Key] = to
	}
	for _, vip := range s.VIPs {
		d.at[vip] = s.Key
	}
}

func (d *Directory) equals(o *Directory) bool {
	return o != nil && maps.Equal(d.services, o.services) && maps.EqualFunc(d.leads, o.leads, slices.Equal) && maps.Equal(d.at, o.at)
}

// Service has the clusters, listeners, routes and filters of a Service, or is nil. It is the same one as long as nothing of
// it changes.
func (d *Directory) Service(key model.Key) *Part {
	if d == nil {
		return nil
	}
	return d.services[key]
}

// Services goes through all Services, in no order.
func (d *Directory) Services() iter.Seq[model.Key] { return maps.Keys(d.services) }

// LeadsTo are the Services without which the routes of a Service lead nowhere. Some may not exist.
func (d *Directory) LeadsTo(key model.Key) []model.Key {
	if d == nil {
		return nil
	}
	return d.leads[key]
}

// Asked is the Service that a name asks for: first/ADDRESS. It is false when no Service has that address.
func (d *Directory) Asked(name string) (model.Key, bool) {
	a, ok := parseFirst(name)
	if !ok || d == nil {
		return model.Key{}, false
	}
	key, found := d.at[a]
	return key, found
}

// ServiceOf is the Service that a cluster, a listener, routes or a filter of connections belong to. It is false for what
// belongs to none.
func (d *Directory) ServiceOf(id ID) (model.Key, bool) {
	if text, is := strings.CutPrefix(id.Name, outboundPrefix); is && id.TypeURL == ListenerType {
		a, err := netip.ParseAddrPort(text)
		if err != nil || d == nil {
			return model.Key{}, false
		}
		key, found := d.at[a.Addr()]
		return key, found
	}
	name := id.Name
	switch {
	case id.TypeURL == ClusterType, id.TypeURL == RouteType:
	case id.TypeURL == FilterType && strings.HasPrefix(name, connectionsPrefix):
		name = strings.TrimPrefix(name, connectionsPrefix)
	default:
		return model.Key{}, false
	}
	key, _, _, ok := ParseClusterName(name)
	return key, ok
}

// Answer is the cluster that a first call asks for by its name, once a proxy holds all that the call takes. Wait says that
// it doesn't yet: the name stays open, and is never answered with a removal. For an address that no Service has there is
// nothing to wait for; the call is passed on as it is.
func (d *Directory) Answer(name string, holds func(ID) bool) (cluster *Resource, wait bool) {
	if _, ok := parseFirst(name); !ok {
		return nil, true
	}
	key, found := d.Asked(name)
	if !found {
		return firstCluster(name), false
	}
	for _, key := range append([]model.Key{key}, d.LeadsTo(key)...) {
		if part := d.Service(key); part != nil {
			for id := range part.Resources {
				if !holds(id) {
					return nil, true
				}
			}
		}
	}
	return firstCluster(name), false
}
