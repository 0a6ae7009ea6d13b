package model

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Place is where a node is, as its labels topology.kubernetes.io/region and zone say. The zero Place is not known.
type Place struct{ Region, Zone string }

// PlaceOf reads the labels of a node.
func PlaceOf(node metav1.Object) Place {
	l := node.GetLabels()
	return Place{l[corev1.LabelTopologyRegion], l[corev1.LabelTopologyZone]}
}

// near says whether a Service asks its callers to prefer what is near. To prefer the same node is not implemented; it
// prefers the same zone.
func (b *builder) near(s *corev1.Service) bool {
	if s.Spec.TrafficDistribution == nil {
		return false
	}
	switch *s.Spec.TrafficDistribution {
	case corev1.ServiceTrafficDistributionPreferClose, corev1.ServiceTrafficDistributionPreferSameZone:
	case corev1.ServiceTrafficDistributionPreferSameNode:
		b.note("Service", keyOf(s), ReasonNotNear, "spec.trafficDistribution", "sidecars prefer the same zone; to prefer the same node is not implemented")
	default:
		b.note("Service", keyOf(s), ReasonNotNear, "spec.trafficDistribution", "%q is not known; sidecars call all pods alike", *s.Spec.TrafficDistribution)
		return false
	}
	return true
}

// PrefersNear says whether a Service of a namespace, or of any if it is "", prefers what is near.
func (m *Model) PrefersNear(namespace string) bool {
	return slices.ContainsFunc(m.Services, func(s Service) bool {
		return s.Near && (namespace == "" || s.Namespace == namespace)
	})
}

// RoutesNear says whether a route leads to a Service that prefers what is near.
func (m *Model) RoutesNear(r Route) bool {
	return slices.ContainsFunc(r.Backends, func(b Backend) bool {
		s, found := m.Service(b.Service)
		return found && s.Near
	})
}

// placed says where each endpoint of a Service is, and that callers prefer what is near. Not where the weights of endpoints
// are the shares of two versions, as these are those of all endpoints together, and not where a header keeps requests
// together, as it must find the same pod from everywhere.
func (x *index) placed(s *Service, p *Port, all []Endpoints) []Endpoints {
	http := p.Protocol.IsHTTP()
	if !s.Near || s.Outside || http && s.StickyHeader != "" {
		return all
	}
	at := map[string]Place{}
	for _, pod := range x.podsOf(s) {
		at[pod.Name] = x.places[pod.Spec.NodeName]
	}
	for i := range all {
		e := &all[i]
		if !http && s.Split != nil && e.Subset == "" {
			continue
		}
		e.Near, e.Retried = true, http
		for j := range e.Items {
			e.Items[j].Place = at[e.Items[j].Pod]
		}
	}
	return all
}

// Areas of a place, the smallest first. The zero Place is no area.
var areas = []func(Place) Place{
	func(p Place) Place {
		if p.Zone == "" {
			return Place{}
		}
		return p
	},
	func(p Place) Place { return Place{Region: p.Region} },
}

// Levels divide endpoints for callers at a place: those of a level are called while enough of those before don't work. No
// endpoint is in two levels, and none is in no level.
func (e Endpoints) Levels(at Place) (levels [][]Endpoint) {
	rest := e.Items
	for _, area := range areas {
		if !e.Near || area(at) == (Place{}) || !e.ample(area, at) {
			continue
		}
		var here, elsewhere []Endpoint
		for _, i := range rest {
			if area(i.Place) == area(at) {
				here = append(here, i)
			} else {
				elsewhere = append(elsewhere, i)
			}
		}
		if len(here) > 0 && len(elsewhere) > 0 {
			levels, rest = append(levels, here), elsewhere
		}
	}
	return append(levels, rest)
}

// ample says whether an area has enough endpoints for its own callers: half of what areas have on average. Fewer would get
// more than twice their share. Where a call that fails is not sent elsewhere, a lone one is not enough.
func (e Endpoints) ample(area func(Place) Place, at Place) bool {
	count := map[Place]int{}
	for _, i := range e.Items {
		count[area(i.Place)]++
	}
	here := count[area(at)]
	return 2*here*len(count) >= len(e.Items) && (here > 1 || here == 1 && e.Retried)
}

// Places are where callers may prefer something: each place of an endpoint, and each region for callers of other zones.
func (e Endpoints) Places() []Place {
	if !e.Near {
		return nil
	}
	var out []Place
	for _, i := range e.Items {
		for _, p := range []Place{i.Place, {Region: i.Place.Region}} {
			if p != (Place{}) && !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	slices.SortFunc(out, comparePlaces)
	return out
}

func comparePlaces(a, b Place) int {
	return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Zone, b.Zone))
}
