package model

import "slices"

// Dependents are the workloads whose configuration carries an object.
func Dependents(m *Model, scopes Scopes, uid string) map[Key]bool {
	out, carriers := map[Key]bool{}, carriers(m, uid)
	for _, w := range m.Workloads {
		if slices.ContainsFunc(carriers, scopes[w.Key].Has) || slices.ContainsFunc(w.Stamps, func(s Stamp) bool { return s.UID == uid }) {
			out[w.Key] = true
		}
	}
	return out
}

// carriers are the Services whose configuration carries an object. Where a route leads to one of them, the scope that has
// the route has that one, too.
func carriers(m *Model, uid string) (out []Key) {
	for _, s := range m.Services {
		carries := s.Split != nil && s.Split.Stamp.UID == uid || slices.ContainsFunc(s.LimitStamps, func(s Stamp) bool { return s.UID == uid })
		for _, p := range s.Ports {
			carries = carries || slices.ContainsFunc(p.RouteStamps, func(s Stamp) bool { return s.UID == uid })
		}
		if carries {
			out = append(out, s.Key)
		}
	}
	return out
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
