package xds

import (
	"slices"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	tls "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	matcher "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/weft-mesh/weft/internal/model"
)

// sockets are what the clusters of one build demand of endpoints, each encoded once: many clusters demand the same
// account.
type sockets struct {
	trustDomain string
	made        map[demand]*cluster.Cluster_TransportSocketMatch
	contexts    map[model.Protocol]*upstreamContext
}

type demand struct {
	account  model.Identity
	protocol model.Protocol
}

func newSockets(trustDomain string) *sockets {
	return &sockets{
		trustDomain: trustDomain,
		made:        map[demand]*cluster.Cluster_TransportSocketMatch{},
		contexts:    map[model.Protocol]*upstreamContext{},
	}
}

// of demands an identity.
func (s *sockets) of(peer string, protocol model.Protocol) *core.TransportSocket {
	if s.contexts[protocol] == nil {
		s.contexts[protocol] = newUpstreamContext(protocol)
	}
	return s.contexts[protocol].socket(peer)
}

// matches appends what is demanded of each endpoint: the account that its pod runs as. An endpoint that matches none gets
// the cluster's default, which nobody can satisfy; without that Envoy would dial it in plaintext.
func (s *sockets) matches(out []*cluster.Cluster_TransportSocketMatch, service *model.Service, protocol model.Protocol) []*cluster.Cluster_TransportSocketMatch {
	for _, account := range service.Accounts {
		out = append(out, s.match(account, protocol))
	}
	if service.Plain {
		out = append(out, plainMatch)
	}
	return out
}

// match demands an account. Its name is what the metadata of the endpoint says.
func (s *sockets) match(account model.Identity, protocol model.Protocol) *cluster.Cluster_TransportSocketMatch {
	d := demand{account, protocol}
	m := s.made[d]
	if m == nil {
		value := accountValue(account)
		m = &cluster.Cluster_TransportSocketMatch{
			Name: value, Match: accountMatch(value), TransportSocket: s.of(account.SPIFFE(s.trustDomain), protocol),
		}
		s.made[d] = m
	}
	return m
}

var plainMatch = &cluster.Cluster_TransportSocketMatch{Name: "plain", Match: accountMatch(accountPlain), TransportSocket: rawBuffer()}

// accounts are the values that the matches of a Service's clusters have; sorted.
func (s *sockets) accounts(service *model.Service, protocol model.Protocol) []string {
	var out []string
	for _, account := range service.Accounts {
		out = append(out, s.match(account, protocol).Name)
	}
	if service.Plain {
		out = append(out, accountPlain)
	}
	slices.Sort(out)
	return out
}

// upstreamContext presents the workload's certificate and takes exactly one identity, which is filled in for one socket
// after the other. A session is not resumed, because the identity would not be checked again.
type upstreamContext struct {
	context *tls.UpstreamTlsContext
	peer    *matcher.StringMatcher_Exact
}

func newUpstreamContext(protocol model.Protocol) *upstreamContext {
	peer := &matcher.StringMatcher_Exact{}
	return &upstreamContext{peer: peer, context: &tls.UpstreamTlsContext{
		CommonTlsContext: commonTLS(protocol, []*tls.SubjectAltNameMatcher{uriSAN(&matcher.StringMatcher{MatchPattern: peer})}),
		MaxSessionKeys:   wrapperspb.UInt32(0),
	}}
}

func (c *upstreamContext) socket(peer string) *core.TransportSocket {
	c.peer.Exact = peer
	return socket(tlsSocket, c.context)
}
