package xds

import cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"

// kit is what the outbound resources of one build are made with: forms that are filled in for one resource after the
// other, and what many resources have in common, encoded once. Only bytes get out. It is for one goroutine.
type kit struct {
	sockets   *sockets
	kinds     map[clusterKind]fields
	cluster   *cluster.Cluster // has a name only
	parts     []fields
	listeners *listenerForms
	plain     map[routeKind]*form
}

func newKit(trustDomain string) *kit {
	return &kit{
		sockets:   newSockets(trustDomain),
		kinds:     map[clusterKind]fields{},
		cluster:   &cluster.Cluster{},
		listeners: newListenerForms(),
		plain:     map[routeKind]*form{},
	}
}

// serviceCluster demands the accounts of a Service.
func (k *kit) serviceCluster(name string, kind clusterKind, matches []socketMatch) *Resource {
	common, known := k.kinds[kind]
	if !known {
		common = kind.fields()
		k.kinds[kind] = common
	}
	k.cluster.Name = name
	k.parts = append(k.parts[:0], common)
	for _, m := range matches {
		k.parts = append(k.parts, m.fields)
	}
	return encode(ClusterType, name, k.cluster, append(k.parts, discovered)...)
}

var (
	anyCluster = &cluster.Cluster{Name: "any"}
	discovered = commonFields(&cluster.Cluster{ClusterDiscoveryType: &cluster.Cluster_Type{Type: cluster.Cluster_EDS}}, anyCluster)
)
