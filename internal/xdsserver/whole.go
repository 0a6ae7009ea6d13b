package xdsserver

import (
	"maps"
	"slices"
)

// newWholeStream is for a client of the state of the world. It has one response of a type under way at most, and only of
// clusters and listeners can it be told that something is not there. A cluster that waits for its endpoints is told all
// the same that there are none. The client gets its whole mesh: first calls are tried with Envoys that speak delta ADS.
func newWholeStream() *stream {
	st := newStream()
	st.first.all = true
	for _, k := range st.kinds() {
		k.whole, k.full, k.keep = true, k.open, !k.open
	}
	always := func(string) bool { return true }
	st.routes.mute, st.filters.mute = always, always
	st.endpoints.mute = func(name string) bool { return !st.clusters.holds(name) && !st.clusters.busy[name] }
	return st
}

// oweDoubtful makes the server send the endpoints of clusters which the client may have changed when it refused others. The
// whole that it gets next has them in their old version, unless they are sent themselves.
func (st *stream) oweDoubtful() {
	for _, name := range slices.Sorted(maps.Keys(st.clusters.departs)) {
		if st.clusters.departs[name].doubtful() && st.endpoints.of(name).named {
			st.endpoints.owe(name)
		}
	}
}
