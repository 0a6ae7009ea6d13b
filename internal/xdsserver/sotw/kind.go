package sotw

import (
	"maps"
	"slices"
	"strconv"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// wildcard is the name that stands for all resources of a type.
const wildcard = "*"

// kind is what one client wants and has of one type of resource.
type kind struct {
	whole bool            // a response holds all that the client should have
	names map[string]bool // subscribed to
	named bool            // the client has named something: from then on no name means nothing, not everything

	held holdings
	open *discovery.DeltaDiscoveryResponse // awaits its answer
	last string                            // nonce of the newest response
}

func newKind(whole bool) *kind {
	return &kind{whole: whole, names: map[string]bool{}, held: holdings{}}
}

// stale says that the client had not seen the newest response. A nonce before the first response is of another stream.
func (k *kind) stale(nonce string) bool { return nonce != "" && k.last != "" && nonce != k.last }

// want replaces the names and returns the differences, sorted.
func (k *kind) want(names []string) (subscribe, unsubscribe []string) {
	next := make(map[string]bool, len(names))
	for _, name := range names {
		next[name] = true
	}
	k.named = k.named || len(next) > 0
	if k.whole && !k.named {
		next[wildcard] = true
	}
	subscribe, unsubscribe = missingFrom(k.names, next), missingFrom(next, k.names)
	k.names = next
	if len(unsubscribe) > 0 {
		maps.DeleteFunc(k.held, func(name string, _ holding) bool { return !k.wants(name) })
	}
	return subscribe, unsubscribe
}

func missingFrom(in, names map[string]bool) []string {
	var out []string
	for name := range names {
		if !in[name] {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func (k *kind) wants(name string) bool { return k.names[name] || k.whole && k.names[wildcard] }

// answer takes the client's answer to the open response. A removal can't be refused.
func (k *kind) answer(accepted bool) {
	r := k.open
	k.open = nil
	if !accepted {
		r = &discovery.DeltaDiscoveryResponse{RemovedResources: r.GetRemovedResources()}
	}
	k.apply(k.held, r)
}

// say returns what the client is to be sent, and the version of all that it holds then. What is gone of clusters and
// listeners is left out, and of endpoints it becomes an assignment without any. Of other types it can't be said.
func (k *kind) say(r *discovery.DeltaDiscoveryResponse) ([]*anypb.Any, string) {
	next := maps.Clone(k.held)
	k.apply(next, r)
	version := strconv.FormatUint(next.version(), 16)
	if k.whole {
		return next.bodies(), version
	}
	var out []*anypb.Any
	for _, resource := range r.GetResources() {
		if k.wants(resource.GetName()) {
			out = append(out, resource.GetResource())
		}
	}
	for _, name := range r.GetRemovedResources() {
		if k.wants(name) && r.GetTypeUrl() == xds.EndpointType {
			out = append(out, noEndpoints(name))
		}
	}
	return out, version
}

// apply changes holdings as a response does. What the client wants no longer it drops.
func (k *kind) apply(to holdings, r *discovery.DeltaDiscoveryResponse) {
	for _, name := range r.GetRemovedResources() {
		delete(to, name)
	}
	for _, resource := range r.GetResources() {
		if !k.wants(resource.GetName()) {
			continue
		}
		h := holding{sum: sum(resource)}
		if k.whole {
			h.body = resource.GetResource()
		}
		to[resource.GetName()] = h
	}
}

// noEndpoints is an assignment with nothing but the name of its cluster, which is field 1.
func noEndpoints(cluster string) *anypb.Any {
	return &anypb.Any{TypeUrl: xds.EndpointType, Value: protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), cluster)}
}
