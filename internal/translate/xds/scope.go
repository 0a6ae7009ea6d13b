package xds

import (
	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/weft-mesh/weft/internal/model"
)

// Where a proxy that doesn't know its whole mesh says what it got beforehand, and why: the metadata ScopeMetadata of the
// cluster ScopeCluster, which has no endpoint. By model.Why it holds a list of NAMESPACE/NAME, but for model.WhyNamespace,
// which the names tell.
const (
	ScopeCluster  = "scope"
	ScopeMetadata = "weft.dev/scope"
)

func scopeCluster(scope *model.Scope) *Resource {
	lists := map[model.Why][]*structpb.Value{}
	for _, n := range scope.Needs {
		if n.Why != model.WhyNamespace {
			lists[n.Why] = append(lists[n.Why], structpb.NewStringValue(n.Service.String()))
		}
	}
	why := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	for reason, services := range lists {
		why.Fields[string(reason)] = structpb.NewListValue(&structpb.ListValue{Values: services})
	}
	return encode(ClusterType, ScopeCluster, &cluster.Cluster{
		Name:                 ScopeCluster,
		ClusterDiscoveryType: &cluster.Cluster_Type{Type: cluster.Cluster_STATIC},
		ConnectTimeout:       seconds(connectTimeout),
		Metadata:             &core.Metadata{FilterMetadata: map[string]*structpb.Struct{ScopeMetadata: why}},
	})
}
