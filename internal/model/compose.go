package model

import "slices"

// Destination is a share of a route after Canaries were applied: all of a Service's port, or one version of it. Without
// a Service it is a refused share.
type Destination struct {
	Service Key
	Port    uint16
	Subset  string
	Weight  uint32
}

// Destinations divides each backend of a route as its Service's Canary says: a version gets the weight of the backend
// times the version's percentage. The shares are exact, and the total is 100 times that of the backends whether a Service
// is divided or not; it fits into 32 bits. Both versions of a divided Service are always named, also those without a pod.
func (m *Model) Destinations(r Route) []Destination { return m.divide(r, nil) }

// divide takes the shares of some Services, and those of their Canaries for the others.
func (m *Model) divide(r Route, shares map[Key]class) []Destination {
	out := make([]Destination, 0, 2*len(r.Backends))
	for _, b := range r.Backends {
		whole := Destination{Service: b.Service, Port: b.Port, Weight: b.Weight * wholeShare}
		split := m.splitOf(b)
		if split == nil {
			out = append(out, whole)
			continue
		}
		of, known := shares[b.Service]
		if !known {
			of = split.weighted()
		}
		stable, canary := whole, whole
		stable.Subset, stable.Weight = split.Stable.Name, b.Weight*of.stable
		canary.Subset, canary.Weight = split.Canary.Name, b.Weight*of.canary
		out = append(out, stable, canary)
	}
	return out
}

// splitOf is how a Canary divides the requests to a backend, or nil.
func (m *Model) splitOf(b Backend) *Split {
	service, found := m.Service(b.Service)
	if !found || service.Split == nil || !dividesRequests(service, b.Port) {
		return nil
	}
	return service.Split
}

// dividesRequests is false for TCP: there connections are divided, by the weights of endpoints.
func dividesRequests(s *Service, port uint16) bool {
	p, found := s.Port(port)
	return found && p.Protocol.IsHTTP()
}

// DefaultRoute is the name of the route of a port that no HTTPRoute has as a parent.
const DefaultRoute = "default"

// Default is the route of a port that no HTTPRoute has as a parent.
func (s *Service) Default(p Port) Route {
	return Route{Name: DefaultRoute, Backends: []Backend{{Service: s.Key, Port: p.Number, Weight: 1}}}
}

// judges are the splits that a route could report outcomes for. It reports those of the first one.
func (m *Model) judges(r Route) []*Split {
	var out []*Split
	for _, b := range r.Backends {
		if split := m.splitOf(b); split != nil && split.Judged && !slices.Contains(out, split) {
			out = append(out, split)
		}
	}
	return out
}

// canary is the Canary that divides.
func (s *Split) canary() Key { return Key{s.Stamp.Namespace, s.Stamp.Name} }

// noteRoutes tells the Canaries what is not done for them on a route.
func (b *builder) noteRoutes() {
	for _, s := range b.model.Services {
		for _, p := range s.Ports {
			for _, r := range p.Routes {
				for i, split := range b.model.judges(r) {
					if i > 0 {
						b.note("Canary", split.canary(), ReasonSharedRoute, "spec.service", "requests by the route %s are judged for another Canary only", r.Name)
					}
				}
				b.noteFocus(r)
			}
		}
	}
}

func (b *builder) noteFocus(r Route) {
	_, left := b.model.focused(r)
	for _, split := range left {
		b.note("Canary", split.canary(), ReasonSharedRoute, "spec.match",
			"the route %s has too many Canaries with a focus; its requests all count as outside of this one's", r.Name)
	}
	for _, backend := range r.Backends {
		if split := b.model.splitOf(backend); split != nil && split.Mirror > 0 && !r.leadsTo(backend) {
			b.note("Canary", split.canary(), ReasonSharedRoute, "spec.steps",
				"requests by the route %s are not mirrored, since it leads to other Services, too", r.Name)
		}
	}
}
