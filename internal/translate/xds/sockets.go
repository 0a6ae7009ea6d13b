package xds

import (
	"slices"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	matcher "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/protobuf/proto"

	"github.com/weft-mesh/weft/internal/model"
)

// sockets are what the clusters of one build demand of endpoints, each encoded once: many clusters demand the same
// account.
type sockets struct {
	trustDomain string
	forms       map[model.Protocol]*form
	made        map[demand]socketMatch
}

type demand struct {
	account  model.Identity
	protocol model.Protocol
}

// socketMatch demands an account of the endpoints whose metadata has its value.
type socketMatch struct {
	value  string
	fields fields // of a cluster
}

func newSockets(trustDomain string) *sockets {
	return &sockets{trustDomain: trustDomain, forms: map[model.Protocol]*form{}, made: map[demand]socketMatch{}}
}

// of demands an account.
func (s *sockets) of(account model.Identity, protocol model.Protocol) socketMatch {
	d := demand{account, protocol}
	m, known := s.made[d]
	if !known {
		if s.forms[protocol] == nil {
			s.forms[protocol] = matchForm(protocol)
		}
		m.value = accountValue(account)
		m.fields = s.forms[protocol].fill(nil, m.value, account.SPIFFE(s.trustDomain))
		s.made[d] = m
	}
	return m
}

// matchStencils have the value and the identity of an account open.
var matchStencils = map[model.Protocol]stencil{
	model.HTTP: matchStencil(model.HTTP),
	model.GRPC: matchStencil(model.GRPC),
	model.TCP:  matchStencil(model.TCP),
}

func matchStencil(protocol model.Protocol) stencil {
	return newStencil(2, func(marks []string) fields {
		return matchFields(marks[0], marks[0], socket(tlsSocket, upstreamTLS(marks[1], protocol)))
	})
}

func matchForm(protocol model.Protocol) *form {
	m, peer := &cluster.Cluster_TransportSocketMatch{}, &matcher.StringMatcher_Exact{}
	identity := uriSAN(&matcher.StringMatcher{MatchPattern: peer})
	return &form{matchStencils[protocol], []proto.Message{m, identity}, [][]*string{{&m.Name}, {&peer.Exact}}}
}

// plainMatch is for pods without a sidecar.
var plainMatch = socketMatch{accountPlain, matchFields("plain", accountPlain, rawBuffer())}

func matchFields(name, value string, socket *core.TransportSocket) fields {
	m := &cluster.Cluster_TransportSocketMatch{Name: name, Match: accountMatch(value), TransportSocket: socket}
	return commonFields(&cluster.Cluster{TransportSocketMatches: []*cluster.Cluster_TransportSocketMatch{m}}, anyCluster)
}

// matches demand of each endpoint the account that its pod runs as. An endpoint that matches none gets the cluster's
// default, which nobody can satisfy; without that Envoy would dial it in plaintext.
func (s *sockets) matches(service *model.Service, protocol model.Protocol) (out []socketMatch) {
	for _, account := range service.Accounts {
		out = append(out, s.of(account, protocol))
	}
	if service.Plain {
		out = append(out, plainMatch)
	}
	return out
}

// values of the matches, sorted.
func values(matches []socketMatch) (out []string) {
	for _, m := range matches {
		out = append(out, m.value)
	}
	slices.Sort(out)
	return out
}
