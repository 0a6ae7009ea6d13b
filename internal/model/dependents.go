package model

import "slices"

// Dependents are the workloads whose configuration carries an object. In this release every proxy gets the Services of
// its whole mesh, so all of them depend on each Canary, HTTPRoute and Policy with limits.
func Dependents(m *Model, uid string) map[Key]bool {
	out := map[Key]bool{}
	whole := carries(m, uid)
	for _, w := range m.Workloads {
		if whole || slices.ContainsFunc(w.Stamps, func(s Stamp) bool { return s.UID == uid }) {
			out[w.Key] = true
		}
	}
	return out
}

func carries(m *Model, uid string) bool {
	for _, s := range m.Services {
		if s.Split != nil && s.Split.Stamp.UID == uid || slices.ContainsFunc(s.LimitStamps, func(s Stamp) bool { return s.UID == uid }) {
			return true
		}
		for _, p := range s.Ports {
			if slices.ContainsFunc(p.RouteStamps, func(s Stamp) bool { return s.UID == uid }) {
				return true
			}
		}
	}
	return false
}

// SelectedWorkloads names the workloads that a Policy concerns, sorted, by their labels.
func SelectedWorkloads(m *Model, uid string) []string {
	var out []string
	for _, w := range m.Workloads {
		if slices.ContainsFunc(w.Stamps, func(s Stamp) bool { return s.UID == uid }) {
			out = append(out, Key{w.Namespace, w.Label}.String())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
