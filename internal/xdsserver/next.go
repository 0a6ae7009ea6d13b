package xdsserver

import (
	"math"
	"slices"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// Next returns the responses that may be sent now, in order, and takes them as sent. Of a type whose resources go
// together one response is under way at most. Of another, what the client does not have yet goes together, and what
// replaces a version that it has goes alone: if it refuses that, nothing else that is in use is in doubt.
//
// A target is reached in three phases. New and changed clusters come first, each with its endpoints, then what names
// them (listeners, filters, routes), then removals, from what names to what is named. A phase begins when the client has
// answered all of the one before. So no route that is in force names a cluster that is not.
// Endpoints, and the news that something asked for does not exist, go at any time.
func (st *stream) Next() []*discovery.DeltaDiscoveryResponse {
	if st.target.set == nil {
		return nil
	}
	st.keepServices()
	var out []*discovery.DeltaDiscoveryResponse
	send := func(k *kind, names []string) {
		if r := st.send(k, names); r != nil {
			out = append(out, r)
		}
	}
	ready := true
	for _, k := range st.kinds() { // clusters and endpoints are the first two
		unknown := k.names(missing)
		if !k.full && len(unknown) > 0 {
			send(k, unknown)
			unknown = nil
		}
		if k == st.listeners {
			ready = st.clustersReady()
		}
		if !st.mayGo(k, ready) {
			continue
		}
		for _, names := range k.pick(st.holder(k)) {
			send(k, append(names, unknown...))
		}
	}
	for _, k := range st.removable() {
		send(k, k.names(removal))
	}
	return out
}

// send makes a response of names, unless too many are under way. Of no names it makes one only as a first answer.
func (st *stream) send(k *kind, names []string) *discovery.DeltaDiscoveryResponse {
	if !k.free() || len(names) == 0 && !(k.greet && k.changes() == 0) {
		return nil
	}
	k.greet = false
	nonce, sent := st.nextNonce(), &response{resources: make(map[string]*xds.Resource, len(names))}
	k.sent[nonce] = sent
	r := &discovery.DeltaDiscoveryResponse{SystemVersionInfo: st.target.set.Version, TypeUrl: k.url, Nonce: nonce}
	for _, name := range names {
		sent.owed = sent.owed || k.owes[name]
		k.leaves(name)
		resource := st.fitting(k, name)
		sent.resources[name] = resource
		if resource == nil {
			r.RemovedResources = append(r.RemovedResources, name)
			continue
		}
		r.Resources = append(r.Resources, &discovery.Resource{Name: name, Version: resource.Version, Resource: resource.Body})
		if k == st.clusters && st.endpoints.of(name).named {
			// An Envoy that gets a changed cluster waits for its endpoints without asking.
			st.endpoints.owe(name)
		}
	}
	if k == st.clusters && k.full {
		st.oweDoubtful()
	}
	st.settle()
	return r
}

// leaves notes that a response with the name is under way.
func (k *kind) leaves(name string) {
	k.busy[name] = true
	k.burst++
	delete(k.owes, name)
	k.set(name, nothing)
}

// clustersReady says that the client has all clusters of the target, warm, but those that it refused. A client that names
// its listeners asks for clusters when it has routes, and does not use a route before: it needs no order.
func (st *stream) clustersReady() bool {
	if st.listeners.asked && !st.listeners.wild {
		return true
	}
	return st.clusters.asked && st.clusters.settled() && st.endpoints.warm()
}

// removable returns the types that may lose resources now: listeners, then what they use, then the clusters. What an old
// version still uses stays while the new one is refused.
func (st *stream) removable() []*kind {
	users := []*kind{st.listeners, st.filters, st.routes}
	if !st.clustersReady() || !st.listeners.asked {
		return nil
	}
	for _, k := range users {
		if !k.settled() || !k.asked && st.target.uses(k.url) {
			return nil
		}
	}
	if !st.listeners.current() {
		return users[:1]
	}
	if slices.ContainsFunc(users, (*kind).stuck) {
		return nil
	}
	if !st.filters.current() || !st.routes.current() {
		return users[1:]
	}
	if st.routes.asked && !st.clusters.wild {
		// It names the clusters of its routes, also that of a call which has begun, and lets go of them by itself.
		return nil
	}
	return []*kind{st.clusters, st.endpoints}
}

// window is how many resources are under way at most of a type whose resources do not all go together. One at a time
// would cost a round trip per cluster, and a client waits only a second for the endpoints of each. Their answers fit in
// what a connection buffers, so that a client that answers before it reads on gets stuck with nobody.
const window = 64

// free says that another response may be sent.
func (k *kind) free() bool {
	if k.whole {
		return len(k.sent) == 0
	}
	return len(k.busy) < window
}

// pick chooses the names of each response that may be sent.
func (k *kind) pick(held func(name string) bool) [][]string {
	if k.whole {
		if len(k.sent) > 0 {
			return nil
		}
		return [][]string{k.pickMany(held)}
	}
	if k.changes() == 0 || len(k.busy) > window/2 {
		return nil
	}
	var out [][]string
	var fresh []string
	for _, name := range k.take(window-len(k.busy), held) {
		if k.alone[name] || k.holds(name) {
			out = append(out, []string{name})
		} else {
			fresh = append(fresh, name)
		}
	}
	if len(fresh) > 0 {
		out = append(out, fresh)
	}
	return out
}

// pickMany chooses all that may go together, or one of those that go alone.
func (k *kind) pickMany(held func(name string) bool) []string {
	together := k.take(math.MaxInt, func(name string) bool { return k.alone[name] || held(name) })
	if len(together) == 0 {
		return k.take(1, held)
	}
	slices.Sort(together)
	return together
}
