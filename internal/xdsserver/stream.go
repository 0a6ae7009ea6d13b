package xdsserver

import (
	"iter"
	"strconv"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"

	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// target is what one client should have.
type target struct {
	set       *xds.Set // nil: nothing is known of its workload
	endpoints *endpoints
	directory *xds.Directory // nil: there is nothing beyond the set
	beyond    *beyond        // what the stream adds to the set
}

// stream is one client's side of the protocol as a machine without I/O: requests and targets go in, responses that may
// be sent now come out of Next, what was acknowledged comes out of Report.
type stream struct {
	target target
	place  model.Place // of the client
	nonce  uint64

	clusters, endpoints, listeners, routes, filters *kind

	first first
	progress
}

// newStream is for a client of delta ADS.
func newStream() *stream {
	st := &stream{first: first{most: maxFirst}}
	st.clusters = st.kindOfSet(xds.ClusterType, true)
	st.listeners = st.kindOfSet(xds.ListenerType, true)
	st.routes = st.kindOfSet(xds.RouteType, false)
	st.filters = st.kindOfSet(xds.FilterType, false)
	st.filters.keep = true // a chain that drains answers 500 without it
	st.clusters.open, st.listeners.open = true, true
	st.clusters.waits = isFirst
	st.endpoints = newKind(xds.EndpointType, false, st.namesOf(xds.ClusterType), func(name string) *xds.Resource {
		if st.clusters.lookup(name) == nil {
			return nil // the endpoints of others are not its business
		}
		return st.target.endpoints.lookup(name).At(st.place)
	})
	return st
}

func (st *stream) kindOfSet(url string, whole bool) *kind {
	lookup := func(name string) *xds.Resource {
		if url == xds.ClusterType && isFirst(name) {
			return st.first.answers[name]
		}
		return st.resource(xds.ID{TypeURL: url, Name: name})
	}
	return newKind(url, whole, st.namesOf(url), lookup)
}

// resource is what the client should have under a name, where it is; or nil.
func (st *stream) resource(id xds.ID) *xds.Resource { return st.target.resource(id).At(st.place) }

// namesOf goes through the names that the target has of a type, in no order.
func (st *stream) namesOf(url string) func() iter.Seq[string] {
	return func() iter.Seq[string] {
		return func(yield func(string) bool) {
			for id := range st.target.all() {
				if id.TypeURL == url && !yield(id.Name) {
					return
				}
			}
			for name, answer := range st.first.answers {
				if url == xds.ClusterType && answer != nil && !yield(name) {
					return
				}
			}
		}
	}
}

func (st *stream) kinds() [5]*kind {
	return [...]*kind{st.clusters, st.endpoints, st.listeners, st.filters, st.routes}
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
	if next.set == nil {
		next.set = st.target.set
	}
	next.beyond = st.target.beyond
	st.turn(next)
}

// turn sets a target, with what the client gets beyond its set.
func (st *stream) turn(next target) {
	old := st.target
	asked := st.first.seen != st.first.revision
	if next.beyond = st.extended(next); next == old {
		if asked {
			st.awaitFirst()
		}
		return
	}
	for k, name := range st.differences(old, next) {
		k.pin(name)
	}
	before, other := ack.Report{Behind: st.behind, Latest: old.versions()}, next.set != old.set || next.beyond != old.beyond
	if other {
		st.waits, st.behind = nil, nil
	}
	st.target = next
	for k, name := range st.differences(old, next) {
		k.release(name)
	}
	st.settle()
	if other {
		st.aim(before)
	}
	st.awaitFirst()
}

// differences goes through all that differs between two targets.
func (st *stream) differences(old, next target) iter.Seq2[*kind, string] {
	return func(yield func(*kind, string) bool) {
		for _, name := range next.endpoints.since(old.endpoints) {
			if !yield(st.endpoints, name) {
				return
			}
		}
		for _, since := range []iter.Seq[xds.ID]{next.sinceSet(old), next.beyond.since(old.beyond)} {
			for id := range since {
				k := st.kind(id.TypeURL)
				if k == nil || k == st.endpoints {
					continue
				}
				if !yield(k, id.Name) || k == st.clusters && !yield(st.endpoints, id.Name) {
					return
				}
			}
		}
	}
}

func (t target) sinceSet(old target) iter.Seq[xds.ID] {
	if t.set == nil || t.set == old.set {
		return func(func(xds.ID) bool) {}
	}
	return t.set.Since(old.set)
}

// settle looks again at all that has moved.
func (st *stream) settle() {
	for _, k := range st.kinds() {
		for _, name := range k.moved {
			k.look(name)
			st.note(xds.ID{TypeURL: k.url, Name: name})
		}
		k.moved = nil
	}
}

// Request takes one message of the client: an answer, a change of subscriptions, or both. Types that weft does not serve
// are ignored.
func (st *stream) Request(r *discovery.DeltaDiscoveryRequest) error {
	k := st.kind(r.GetTypeUrl())
	if k == nil {
		return nil
	}
	if k == st.clusters {
		st.first.hear(r, !k.asked)
		st.turn(st.target)
	}
	k.answer(r.GetResponseNonce(), r.GetErrorDetail().GetMessage(), r.GetErrorDetail() != nil)
	if err := k.subscribe(r); err != nil {
		return err
	}
	if k == st.endpoints {
		st.oweWarming(r.GetResourceNamesSubscribe())
	}
	st.settle()
	st.answerFirst()
	k.rest()
	return nil
}

// oweWarming makes the server answer names whose cluster is being pushed, whatever version the client claims: a cluster
// that changes waits for its endpoints, and the client does not ask for them again.
func (st *stream) oweWarming(names []string) {
	for _, sent := range st.clusters.sent {
		for _, name := range names {
			if sent.resources[name] != nil && st.endpoints.of(name).named {
				st.endpoints.owe(name)
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
