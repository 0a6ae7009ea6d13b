package xdsserver

import (
	"reflect"
	"strconv"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// target is what one client should have.
type target struct {
	set       *xds.Set // nil: nothing is known of its workload
	endpoints map[string]*xds.Resource
}

// stream is one client's side of the protocol as a machine without I/O: requests and targets go in, responses that may
// be sent now come out of Next, what was acknowledged comes out of Report.
type stream struct {
	target target
	nonce  uint64

	clusters, endpoints, listeners, routes, filters *kind

	progress
}

func newStream() *stream {
	st := &stream{progress: progress{applied: map[string]string{}}}
	of := func(url string) func(string) *xds.Resource {
		return func(name string) *xds.Resource {
			if st.target.set == nil {
				return nil
			}
			return st.target.set.Resource(xds.ID{TypeURL: url, Name: name})
		}
	}
	st.clusters = newKind(xds.ClusterType, true, of(xds.ClusterType))
	st.listeners = newKind(xds.ListenerType, true, of(xds.ListenerType))
	st.routes = newKind(xds.RouteType, false, of(xds.RouteType))
	st.filters = newKind(xds.FilterType, false, of(xds.FilterType))
	st.filters.keep = true // a chain that drains answers 500 without it
	st.endpoints = newKind(xds.EndpointType, false, func(name string) *xds.Resource { return st.target.endpoints[name] })
	return st
}

func (st *stream) kinds() []*kind {
	return []*kind{st.clusters, st.endpoints, st.listeners, st.filters, st.routes}
}

func (st *stream) kind(url string) *kind {
	for _, k := range st.kinds() {
		if k.url == url {
			return k
		}
	}
	return nil
}

// Update sets what the client should have. A target without a set keeps the set that was there.
func (st *stream) Update(next target) {
	old := st.target
	if next.set == nil {
		next.set = old.set
	}
	st.target = next
	st.touchEndpoints(old.endpoints)
	if next.set == nil || old.set == next.set {
		return
	}
	if old.set == nil {
		for _, k := range st.kinds() {
			k.touchKnown()
			st.touchSet(k)
		}
	} else {
		st.touchChanges(old.set, next.set)
	}
	st.aim()
}

// touchEndpoints decides anew about the endpoints that are not what they were.
func (st *stream) touchEndpoints(old map[string]*xds.Resource) {
	if sameMap(old, st.target.endpoints) {
		return
	}
	for name := range st.endpoints.names {
		if differ(old[name], st.target.endpoints[name]) {
			st.endpoints.touch(name)
		}
	}
}

// touchChanges decides anew about the resources in which two sets differ.
func (st *stream) touchChanges(old, next *xds.Set) {
	touch := func(id xds.ID) {
		if k := st.kind(id.TypeURL); k != nil && k != st.endpoints {
			k.touch(id.Name)
		}
	}
	for id, resource := range next.All() {
		if differ(old.Resource(id), resource) {
			touch(id)
		}
	}
	for id := range old.All() {
		if next.Resource(id) == nil {
			touch(id)
		}
	}
}

func differ(a, b *xds.Resource) bool {
	return (a == nil) != (b == nil) || a != nil && a.Version != b.Version
}

// sameMap says that two maps are one. What is published never changes.
func sameMap(a, b map[string]*xds.Resource) bool {
	return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer()
}

// Request takes one message of the client: an answer, a change of subscriptions, or both. Types that weft does not serve
// are ignored.
func (st *stream) Request(r *discovery.DeltaDiscoveryRequest) error {
	k := st.kind(r.GetTypeUrl())
	if k == nil {
		return nil
	}
	answered := k.answer(r.GetResponseNonce(), r.GetErrorDetail().GetMessage(), r.GetErrorDetail() != nil)
	all := k.all
	touched, err := k.subscribe(r)
	if err != nil {
		return err
	}
	if k == st.endpoints {
		st.oweWarming(r.GetResourceNamesSubscribe())
	}
	for _, name := range touched {
		k.touch(name)
		st.check(xds.ID{TypeURL: k.url, Name: name})
	}
	for _, name := range answered {
		st.check(xds.ID{TypeURL: k.url, Name: name})
	}
	if k.all != all {
		k.touchKnown()
		st.touchSet(k)
	}
	k.rest()
	return nil
}

// touchSet decides anew about every name of the set.
func (st *stream) touchSet(k *kind) {
	if st.target.set == nil || !k.all {
		return
	}
	for id := range st.target.set.All() {
		if id.TypeURL == k.url {
			k.touch(id.Name)
		}
	}
}

// oweWarming makes the server answer names whose cluster is being pushed, whatever version the client claims: a cluster
// that changes waits for its endpoints, and the client does not ask for them again.
func (st *stream) oweWarming(names []string) {
	for _, sent := range st.clusters.sent {
		for _, name := range names {
			if version, is := sent.versions[name]; is && version != absent && st.endpoints.names[name] {
				st.endpoints.owed[name] = true
			}
		}
	}
}

// version is that of the set that the client should have.
func (st *stream) version() string {
	if st.target.set == nil {
		return ""
	}
	return st.target.set.Version
}

func (st *stream) nextNonce() string {
	st.nonce++
	return strconv.FormatUint(st.nonce, 10)
}
