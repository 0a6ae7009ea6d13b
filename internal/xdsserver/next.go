package xdsserver

import (
	"cmp"
	"slices"
	"strings"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// Next returns the responses that may be sent now, in order, and takes them as sent. Of a type whose resources go
// together one response is under way at most, of another one per resource.
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
		if !st.mayGo(k, ready) {
			continue
		}
		for _, names := range k.pick(st.awaitsRefused(k)) {
			send(k, names)
		}
	}
	for _, k := range st.removable() {
		send(k, sorted(k.removals))
	}
	return out
}

// send makes a response of names, unless too many are under way. Of no names it makes one only as a first answer.
func (st *stream) send(k *kind, names []string) *discovery.DeltaDiscoveryResponse {
	if !k.free() || len(names) == 0 && !(k.greet && len(k.changes) == 0) {
		return nil
	}
	k.greet = false
	nonce, sent := st.nextNonce(), &response{versions: make(map[string]string, len(names))}
	k.sent[nonce] = sent
	r := &discovery.DeltaDiscoveryResponse{SystemVersionInfo: st.target.set.Version, TypeUrl: k.url, Nonce: nonce}
	for _, name := range names {
		sent.owed = sent.owed || k.owed[name]
		k.leaves(name)
		resource := k.lookup(name)
		if resource == nil {
			sent.versions[name] = absent
			r.RemovedResources = append(r.RemovedResources, name)
			continue
		}
		sent.versions[name] = resource.Version
		r.Resources = append(r.Resources, &discovery.Resource{Name: name, Version: resource.Version, Resource: resource.Body})
		if k == st.clusters {
			st.oweEndpoints(name)
		}
	}
	return r
}

// leaves notes that a response with the name is under way.
func (k *kind) leaves(name string) {
	k.busy[name] = true
	k.burst++
	delete(k.owed, name)
	delete(k.changes, name)
	delete(k.removals, name)
	delete(k.missing, name)
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
	for id, resource := range st.target.set.All() {
		switch id.TypeURL {
		case k.url:
			names = append(names, asEncoded(id.Name))
		case xds.ListenerType:
			listeners = append(listeners, resource.Body.GetValue())
		}
	}
	return slices.ContainsFunc(listeners, func(body []byte) bool { return containsAny(body, names) })
}

// window is how many responses of a type with one resource each are under way at most. One at a time would cost a round
// trip per cluster, and a client waits only a second for the endpoints of each. Their answers fit in what a connection
// buffers, so that a client that answers before it reads on gets stuck with nobody.
const window = 64

// free says that another response may be sent.
func (k *kind) free() bool {
	if k.whole {
		return len(k.sent) == 0
	}
	return len(k.sent) < window
}

// pick chooses a response's worth of names that may go together, or, where each goes alone, as many as may be under way.
func (k *kind) pick(held func(name string) bool) [][]string {
	if k.whole {
		if len(k.sent) > 0 {
			return nil
		}
		return [][]string{k.pickMany(held)}
	}
	if len(k.changes) == 0 || len(k.sent) > window/2 {
		return nil
	}
	var out [][]string
	for _, name := range k.pickSome(held, window-len(k.sent)) {
		out = append(out, []string{name})
	}
	return out
}

// pickSome chooses names in turn, those that are owed first: a warming cluster waits for them.
func (k *kind) pickSome(held func(name string) bool, most int) []string {
	var names []string
	for name := range k.changes {
		if held == nil || !held(name) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(first(k.owed[a], k.owed[b]), first(a > k.last, b > k.last), strings.Compare(a, b))
	})
	names = names[:min(most, len(names))]
	if len(names) > 0 {
		k.last = names[len(names)-1]
	}
	return names
}

// first orders what has a property before what has not.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
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
