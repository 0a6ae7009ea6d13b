package xds

import (
	"bytes"
	"iter"
	"slices"
	"sync"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/weft-mesh/weft/internal/model"
)

// Resource is one encoded xDS resource. It never changes once it is made.
type Resource struct {
	TypeURL string
	Name    string
	Version string // hash of the content
	Body    *anypb.Any
	// Accounts are those that a cluster can demand, or that endpoints have; sorted. An endpoint must not reach a client
	// whose cluster does not know its account.
	Accounts []string
	// Near are endpoints or routes as callers at a place or in a region get them; those elsewhere get the resource itself.
	// Its own version changes whenever one of these does.
	Near map[model.Place]*Resource
	// Problem says why Envoy would not take it. A Builder gives out no resource that has one.
	Problem string
}

// At is the resource for a client at a place.
func (r *Resource) At(p model.Place) *Resource {
	if r == nil || r.Near == nil {
		return r
	}
	for _, at := range []model.Place{p, {Region: p.Region}} {
		if near := r.Near[at]; near != nil {
			return near
		}
	}
	return r
}

// ID names a resource in a set.
type ID struct{ TypeURL, Name string }

// Set is all that the proxies of one workload get, but the endpoints. It never changes once it is made. No resource and
// no stamp is in both parts.
type Set struct {
	Version string // hash over the versions of all resources and stamps
	Shared  *Part  // the same one for all workloads
	Own     *Part  // of this workload only

	look sync.Once
	uses map[string]bool // types of which a listener names a resource
}

// Resource returns a resource of either part, or nil.
func (s *Set) Resource(id ID) *Resource {
	if r := s.Own.Resources[id]; r != nil {
		return r
	}
	return s.Shared.Resources[id]
}

// All goes through the resources of both parts, in no order.
func (s *Set) All() iter.Seq2[ID, *Resource] { return both(s.Shared.Resources, s.Own.Resources) }

// Stamps goes through the stamps of both parts, in no order.
func (s *Set) Stamps() iter.Seq2[model.Stamp, []ID] { return both(s.Shared.Stamps, s.Own.Stamps) }

// NewSet puts two parts together.
func NewSet(shared, own *Part) *Set {
	return &Set{Version: hash([]byte(shared.Version), []byte(own.Version)), Shared: shared, Own: own}
}

// Since goes through the resources in which the set differs from an older one; nil is an empty one.
func (s *Set) Since(old *Set) iter.Seq[ID] {
	if old == nil {
		old = &Set{}
	}
	return func(yield func(ID) bool) {
		for _, ids := range [][]ID{s.Shared.Since(old.Shared), s.Own.Since(old.Own)} {
			for _, id := range ids {
				if !yield(id) {
					return
				}
			}
		}
	}
}

// Uses says that a listener of the set names a resource of the type, so that a client will ask for it.
func (s *Set) Uses(url string) bool {
	s.look.Do(func() {
		s.uses = map[string]bool{}
		for _, url := range []string{RouteType, FilterType} {
			s.uses[url] = s.namesOneOf(url)
		}
	})
	return s.uses[url]
}

func (s *Set) namesOneOf(url string) bool {
	for id := range s.All() {
		if id.TypeURL != url {
			continue
		}
		for other, listener := range s.All() {
			if other.TypeURL == ListenerType && listener.Names(id.Name) {
				return true
			}
		}
	}
	return false
}

// Names says that the resource holds a text as a string of its own, at any depth.
func (r *Resource) Names(text string) bool {
	return bytes.Contains(r.Body.GetValue(), protowire.AppendString(nil, text))
}

// CarriedBy returns the objects that a resource carries, be it in the set or no longer.
func (s *Set) CarriedBy(id ID) []model.Stamp {
	shared, own := s.Shared.CarriedBy(id), s.Own.CarriedBy(id)
	if len(own) == 0 {
		return shared
	}
	return slices.Concat(shared, own)
}

// Versions holds the versions of the objects that the set came from by their UID, part by part. They never change.
func (s *Set) Versions() []map[string]string {
	return []map[string]string{s.Shared.Versions(), s.Own.Versions()}
}

func both[K comparable, V any](a, b map[K]V) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for _, part := range []map[K]V{a, b} {
			for k, v := range part {
				if !yield(k, v) {
					return
				}
			}
		}
	}
}

// Type URLs of the resources that proxies subscribe to, in the order in which new ones are sent.
const (
	ClusterType  = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
	EndpointType = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"
	ListenerType = "type.googleapis.com/envoy.config.listener.v3.Listener"
	RouteType    = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"
	FilterType   = "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig"
	SecretType   = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"
)

// Names that Envoy, agent and operator share.
const (
	// SecretIdentity is the workload's certificate and key, from the agent.
	SecretIdentity = "identity"
	// SecretRoots are the roots of the mesh, from the agent.
	SecretRoots = "roots"
	// AgentCluster is the static cluster of the bootstrap that leads to the agent's socket.
	AgentCluster  = "agent"
	accessLogName = "outcomes"
)
