package xdsserver

import (
	"slices"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// Next returns the responses that may be sent now, in order, and takes them as sent. Each type has one response under
// way at most.
//
// A target is reached in three phases. New and changed clusters come first, each with its endpoints, then what names
// them (listeners, filters, routes), then removals, from what names to what is named. A phase begins when the client has
// answered all of the one before. So no route that is in force names a cluster that is not.
// Endpoints, and the news that something asked for does not exist, go at any time.
func (st *stream) Next() []*discovery.DeltaDiscoveryResponse {
	if st.target.set == nil {
		return nil
	}
	var out []*discovery.DeltaDiscoveryResponse
	send := func(k *kind, names []string) {
		if r := st.send(k, names); r != nil {
			out = append(out, r)
		}
	}
	ready := true
	for _, k := range st.kinds() { // clusters and endpoints are the first two
		if len(k.missing) > 0 {
			send(k, sorted(k.missing))
		}
		if k == st.listeners {
			ready = st.clustersReady()
		}
		if ready {
			send(k, k.pick(st.awaitsRefused(k)))
		}
	}
	for _, k := range st.removable() {
		send(k, sorted(k.removals))
	}
	return out
}

// send makes a response of names, unless another response is under way. Of no names it makes one only as a first answer.
func (st *stream) send(k *kind, names []string) *discovery.DeltaDiscoveryResponse {
	if k.sent != nil || len(names) == 0 && !(k.greet && len(k.changes) == 0) {
		return nil
	}
	k.greet = false
	k.sent = &response{nonce: st.nextNonce(), versions: make(map[string]string, len(names))}
	r := &discovery.DeltaDiscoveryResponse{SystemVersionInfo: st.target.set.Version, TypeUrl: k.url, Nonce: k.sent.nonce}
	for _, name := range names {
		k.sent.owed = k.sent.owed || k.owed[name]
		delete(k.owed, name)
		resource := k.lookup(name)
		if resource == nil {
			k.sent.versions[name] = absent
			r.RemovedResources = append(r.RemovedResources, name)
			continue
		}
		k.sent.versions[name] = resource.Version
		r.Resources = append(r.Resources, &discovery.Resource{Name: name, Version: resource.Version, Resource: resource.Body})
		if k == st.clusters {
			st.oweEndpoints(name)
		}
	}
	return r
}

// oweEndpoints makes the endpoints of a cluster follow it: an Envoy that gets a changed cluster waits for them without
// asking.
func (st *stream) oweEndpoints(name string) {
	if st.endpoints.names[name] {
		st.endpoints.owed[name] = true
		st.endpoints.touch(name)
	}
}

// clustersReady says that the client has all clusters of the target, warm, but those that it refused.
func (st *stream) clustersReady() bool {
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
		if !k.settled() || !k.asked && st.willAsk(k) {
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
	return []*kind{st.clusters, st.endpoints}
}

// willAsk says that the client is about to subscribe to the type, since a listener names one. On a new stream of an old
// client it is not known before then what the client uses.
func (st *stream) willAsk(k *kind) bool {
	var names, listeners [][]byte
	for id, resource := range st.target.set.Resources {
		switch id.TypeURL {
		case k.url:
			names = append(names, asEncoded(id.Name))
		case xds.ListenerType:
			listeners = append(listeners, resource.Body.GetValue())
		}
	}
	return slices.ContainsFunc(listeners, func(body []byte) bool { return containsAny(body, names) })
}

// pick chooses what to send of the open changes: all of a type that may go together, else the next one in turn.
func (k *kind) pick(held func(name string) bool) []string {
	if k.sent != nil {
		return nil
	}
	if k.whole {
		return k.pickMany(held)
	}
	best, again := "", ""
	for name := range k.changes {
		if held != nil && held(name) {
			continue
		}
		if name > k.last && (best == "" || k.before(name, best)) {
			best = name
		}
		if again == "" || k.before(name, again) {
			again = name
		}
	}
	if best == "" || k.owed[again] && !k.owed[best] {
		best = again
	}
	if best == "" {
		return nil
	}
	k.last = best
	return []string{best}
}

// before puts names that are owed first: a warming cluster waits for them.
func (k *kind) before(a, b string) bool {
	if k.owed[a] != k.owed[b] {
		return k.owed[a]
	}
	return a < b
}

func (k *kind) pickMany(held func(name string) bool) []string {
	var together, single []string
	for _, name := range sorted(k.changes) {
		switch {
		case held != nil && held(name):
		case k.alone[name]:
			single = append(single, name)
		default:
			together = append(together, name)
		}
	}
	if len(together) == 0 && len(single) > 0 {
		return single[:1]
	}
	return together
}
