package model

import (
	"maps"
	"slices"
)

// Branch is a part of a route's requests, which are divided alike.
type Branch struct {
	Match        Match
	Destinations []Destination
	// Judge is the split that the outcomes are reported for; nil where both versions can't be compared.
	Judge *Split
	// Mirror gets copies of the requests, so many percent of them as its weight. With the weight 0 there are none.
	Mirror Destination
}

// mostBranches is how many parts a route has at most.
const mostBranches = 64

// Branches divide the requests of a route. Where a Canary has a focus or a preview, they are not all divided alike. A
// request belongs to the first branch that it fits; the last one fits all that the route does. Region is where the caller
// is; "" is not known.
func (m *Model) Branches(r Route, region string) []Branch {
	plans := []plan{{}}
	splits, left := m.focused(r)
	for _, split := range splits {
		var next []plan
		for _, p := range plans {
			for _, c := range split.classes(region) {
				next = append(next, p.with(split.service, c))
			}
		}
		plans = next
	}
	out := make([]Branch, 0, len(plans))
	for _, p := range plans {
		for _, split := range left {
			p = p.with(split.service, split.others())
		}
		out = append(out, m.branch(r, p))
	}
	return out
}

func (m *Model) branch(r Route, p plan) Branch {
	b := Branch{Match: r.Match, Destinations: m.divide(r, p.shares)}
	b.Match.Conditions = p.conditions
	for _, backend := range r.Backends {
		split := m.splitOf(backend)
		if of, known := p.shares[backend.Service]; split == nil || known && !of.compared {
			continue
		}
		if split.Judged && b.Judge == nil {
			b.Judge = split
		}
		if split.Mirror > 0 && r.leadsTo(backend) {
			b.Mirror = Destination{Service: backend.Service, Port: backend.Port, Subset: split.Canary.Name, Weight: split.Mirror}
		}
	}
	return b
}

// leadsTo says that the backend is all that a route leads to.
func (r Route) leadsTo(b Backend) bool {
	return !slices.ContainsFunc(r.Backends, func(o Backend) bool { return o.Service != b.Service || o.Port != b.Port })
}

// served is a split of a Service.
type served struct {
	*Split
	service Key
}

// focused are the Canaries that divide some requests of a route in another way than others. Those that would make it too
// many parts are left: none of the route's requests is in their focus.
func (m *Model) focused(r Route) (splits, left []served) {
	parts := 1
	for _, b := range r.Backends {
		split := m.splitOf(b)
		if split == nil || !split.Focused && len(split.Preview) == 0 {
			continue
		}
		s := served{split, b.Service}
		if slices.Contains(splits, s) || slices.Contains(left, s) {
			continue
		}
		if of := len(split.Preview) + len(split.Focus) + 1; parts*of > mostBranches {
			left = append(left, s)
		} else {
			splits, parts = append(splits, s), parts*of
		}
	}
	return splits, left
}

// Regions are those that a route tells apart, sorted.
func (m *Model) Regions(r Route) []string {
	var out []string
	splits, _ := m.focused(r)
	for _, split := range splits {
		for _, c := range slices.Concat(split.Preview, split.Focus) {
			out = append(out, c.Regions...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// class is how a Canary divides some of the requests to its Service, in percent.
type class struct {
	conditions     []Condition
	stable, canary uint32
	compared       bool // both versions get such requests, or would at another weight
}

func (s *Split) weighted() class {
	return class{stable: s.StableWeight, canary: s.CanaryWeight, compared: true}
}

// others are the requests that are in no choice.
func (s *Split) others() class {
	if s.Focused {
		return class{stable: wholeShare}
	}
	return s.weighted()
}

// classes are in order: a request is in the first one that it fits. The last one has no condition.
func (s *Split) classes(region string) []class {
	var out []class
	for _, c := range s.Preview {
		if c.fits(region) {
			out = append(out, class{conditions: c.Conditions, canary: wholeShare})
		}
	}
	for _, c := range s.Focus {
		if c.fits(region) {
			of := s.weighted()
			of.conditions = c.Conditions
			out = append(out, of)
		}
	}
	out = append(out, s.others())
	if all := slices.IndexFunc(out, func(c class) bool { return len(c.conditions) == 0 }); all >= 0 {
		out = out[:all+1]
	}
	return out
}

// plan says of some Services in which class the requests of a branch are.
type plan struct {
	conditions []Condition
	shares     map[Key]class
}

func (p plan) with(service Key, c class) plan {
	out := plan{conditions: slices.Concat(p.conditions, c.conditions), shares: maps.Clone(p.shares)}
	if out.shares == nil {
		out.shares = map[Key]class{}
	}
	out.shares[service] = c
	return out
}
