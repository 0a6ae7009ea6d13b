package xds

import (
	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"

	"github.com/weft-mesh/weft/internal/model"
)

// sockets are the TLS contexts of one build, each encoded once: many clusters demand the same account.
type sockets struct {
	trustDomain string
	made        map[demand]*core.TransportSocket
	plain       *core.TransportSocket
}

type demand struct {
	peer     string
	protocol model.Protocol
}

func newSockets(trustDomain string) *sockets {
	return &sockets{trustDomain: trustDomain, made: map[demand]*core.TransportSocket{}, plain: rawBuffer()}
}

func (s *sockets) of(peer string, protocol model.Protocol) *core.TransportSocket {
	d := demand{peer, protocol}
	if s.made[d] == nil {
		s.made[d] = upstreamTLS(peer, protocol)
	}
	return s.made[d]
}

// matches demand of each endpoint the account that its pod runs as. An endpoint that matches none gets the cluster's
// default, which nobody can satisfy; without that Envoy would dial it in plaintext.
func (s *sockets) matches(service *model.Service, protocol model.Protocol) []*cluster.Cluster_TransportSocketMatch {
	var out []*cluster.Cluster_TransportSocketMatch
	for _, account := range service.Accounts {
		value := accountValue(account)
		out = append(out, &cluster.Cluster_TransportSocketMatch{
			Name: value, Match: accountMatch(value), TransportSocket: s.of(account.SPIFFE(s.trustDomain), protocol),
		})
	}
	if service.Plain {
		out = append(out, &cluster.Cluster_TransportSocketMatch{Name: "plain", Match: accountMatch(accountPlain), TransportSocket: s.plain})
	}
	return out
}
