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
func (m *Model) Destinations(r Route) []Destination {
	var out []Destination
	for _, b := range r.Backends {
		whole := Destination{Service: b.Service, Port: b.Port, Weight: b.Weight * wholeShare}
		service, found := m.Service(b.Service)
		if !found || service.Split == nil || !dividesRequests(service, b.Port) {
			out = append(out, whole)
			continue
		}
		stable, canary := whole, whole
		stable.Subset, stable.Weight = service.Split.Stable.Name, b.Weight*service.Split.StableWeight
		canary.Subset, canary.Weight = service.Split.Canary.Name, b.Weight*service.Split.CanaryWeight
		out = append(out, stable, canary)
	}
	return out
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

// Judge is the split whose outcomes a route reports: that of its first backend that is judged.
func (m *Model) Judge(r Route) (*Split, bool) {
	judges := m.judges(r)
	if len(judges) == 0 {
		return nil, false
	}
	return judges[0], true
}

func (m *Model) judges(r Route) []*Split {
	var out []*Split
	for _, b := range r.Backends {
		service, found := m.Service(b.Service)
		if !found || service.Split == nil || !service.Split.Judged || !dividesRequests(service, b.Port) {
			continue
		}
		if !slices.Contains(out, service.Split) {
			out = append(out, service.Split)
		}
	}
	return out
}

// noteSharedRoutes tells the Canaries whose outcomes on a route can't be reported, because another one's are.
func (b *builder) noteSharedRoutes() {
	for _, s := range b.model.Services {
		for _, p := range s.Ports {
			for _, r := range p.Routes {
				for i, split := range b.model.judges(r) {
					if i > 0 {
						b.note("Canary", Key{split.Stamp.Namespace, split.Stamp.Name}, ReasonSharedRoute, "spec.service", "requests by the route %s are judged for another Canary only", r.Name)
					}
				}
			}
		}
	}
}
