package xds

import (
	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"

	"github.com/weft-mesh/weft/internal/model"
)

// kit is what the outbound resources of one build are made with: what many of them have in common, encoded once, and
// forms. A form is a message that is filled in for one resource after the other; only its bytes get out. So a kit is for
// one goroutine.
type kit struct {
	sockets   *sockets
	kinds     map[clusterKind]fields
	cluster   *cluster.Cluster
	listeners *listenerForm
}

func newKit(trustDomain string) *kit {
	return &kit{
		sockets:   newSockets(trustDomain),
		kinds:     map[clusterKind]fields{},
		cluster:   &cluster.Cluster{ClusterDiscoveryType: &cluster.Cluster_Type{Type: cluster.Cluster_EDS}},
		listeners: newListenerForm(),
	}
}

// serviceCluster demands the accounts of a Service.
func (k *kit) serviceCluster(name string, service *model.Service, kind clusterKind) *Resource {
	common, known := k.kinds[kind]
	if !known {
		common = kind.fields(k.sockets)
		k.kinds[kind] = common
	}
	k.cluster.Name = name
	k.cluster.TransportSocketMatches = k.sockets.matches(k.cluster.TransportSocketMatches[:0], service, kind.protocol)
	return encodeWith(ClusterType, name, k.cluster, common)
}
