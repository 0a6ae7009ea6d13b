package xds

import (
	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	http "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
	envoytype "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/weft-mesh/weft/internal/model"
)

// Clusters that are not a Service's. Names of Services' clusters have slashes.
const (
	clusterPassthrough = "passthrough"
	// clusterNowhere has no endpoint.
	clusterNowhere = "nowhere"
	// clusterMissing does not exist: a route's share that leads to it gets a 500.
	clusterMissing = "missing"
)

// serviceClusters are one for the port, and one for each version while the Service is divided. The first one stays
// when a Canary comes or goes.
func serviceClusters(service *model.Service, port *model.Port, kit *kit) []*Resource {
	kind, matches := kindOf(service, port.Protocol), kit.sockets.matches(service, port.Protocol)
	out := []*Resource{kit.serviceCluster(ClusterName(service.Key, port.Number, ""), kind, matches)}
	if service.Split != nil {
		kind.limits.Ejection.Off = kind.limits.Ejection.Off || service.Split.Judged // a version is judged by all of its pods
		for _, version := range []string{service.Split.Stable.Name, service.Split.Canary.Name} {
			out = append(out, kit.serviceCluster(ClusterName(service.Key, port.Number, version), kind, matches))
		}
	}
	accounts := values(matches)
	for _, r := range out {
		r.Accounts = accounts
	}
	return out
}

// clusterKind is what a Service's cluster is made of, but its name and accounts.
type clusterKind struct {
	limits    model.Limits
	protocol  model.Protocol
	balancing cluster.Cluster_LbPolicy
	idle      float64
}

func kindOf(service *model.Service, protocol model.Protocol) clusterKind {
	return clusterKind{service.Limits, protocol, balancing(service, protocol), idleTo(service)}
}

// fields are those that all clusters of the kind have.
func (k clusterKind) fields() fields {
	return commonFields(&cluster.Cluster{
		EdsClusterConfig:              &cluster.Cluster_EdsClusterConfig{EdsConfig: fromADS()},
		ConnectTimeout:                durationpb.New(k.limits.ConnectTimeout),
		LbPolicy:                      k.balancing,
		CommonLbConfig:                &cluster.Cluster_CommonLbConfig{HealthyPanicThreshold: &envoytype.Percent{Value: panicPercent}},
		CircuitBreakers:               breakers(k.limits, k.protocol),
		OutlierDetection:              ejection(k.limits.Ejection),
		UpstreamConnectionOptions:     keptAlive(),
		TypedExtensionProtocolOptions: httpOptions(k.protocol, k.idle),
		TransportSocket:               socket(tlsSocket, upstreamTLS(nobody, k.protocol)),
	}, anyCluster)
}

// idleTo is shorter where no proxy of ours is at the other side: some servers close after five seconds.
func idleTo(service *model.Service) float64 {
	if service.Plain {
		return idleAtApplication
	}
	return idleAtCaller
}

// passthroughCluster leads to where the caller wanted to go, as it is.
func passthroughCluster() *Resource {
	return encode(ClusterType, clusterPassthrough, &cluster.Cluster{
		Name:                      clusterPassthrough,
		ClusterDiscoveryType:      &cluster.Cluster_Type{Type: cluster.Cluster_ORIGINAL_DST},
		LbPolicy:                  cluster.Cluster_CLUSTER_PROVIDED,
		ConnectTimeout:            seconds(connectTimeout),
		CircuitBreakers:           unlimited(),
		UpstreamConnectionOptions: keptAlive(),
	})
}

func nowhereCluster() *Resource {
	return encode(ClusterType, clusterNowhere, &cluster.Cluster{
		Name:                 clusterNowhere,
		ClusterDiscoveryType: &cluster.Cluster_Type{Type: cluster.Cluster_STATIC},
		ConnectTimeout:       seconds(connectTimeout),
	})
}

// inboundClusterName is the cluster that leads to the application on the port that the caller has dialled.
func inboundClusterName(protocol model.Protocol) string {
	if protocol == model.GRPC {
		return "inbound-h2"
	}
	return "inbound"
}

// inboundCluster dials from an address of its own, so that the connection can be told from one of a neighbour.
func inboundCluster(protocol model.Protocol) *Resource {
	name := inboundClusterName(protocol)
	return encode(ClusterType, name, &cluster.Cluster{
		Name:                          name,
		ClusterDiscoveryType:          &cluster.Cluster_Type{Type: cluster.Cluster_ORIGINAL_DST},
		LbPolicy:                      cluster.Cluster_CLUSTER_PROVIDED,
		ConnectTimeout:                seconds(connectTimeout),
		CircuitBreakers:               unlimited(),
		UpstreamBindConfig:            &core.BindConfig{SourceAddress: address("127.0.0.6", 0).GetSocketAddress()},
		TypedExtensionProtocolOptions: httpOptions(protocol, idleAtApplication),
	})
}

const httpOptionsType = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"

// httpOptions fixes the protocol, whatever the caller speaks to its own proxy.
func httpOptions(protocol model.Protocol, idle float64) map[string]*anypb.Any {
	explicit := &http.HttpProtocolOptions_ExplicitHttpConfig{}
	switch protocol {
	case model.TCP:
		return nil
	case model.GRPC:
		explicit.ProtocolConfig = &http.HttpProtocolOptions_ExplicitHttpConfig_Http2ProtocolOptions{Http2ProtocolOptions: &core.Http2ProtocolOptions{}}
	default:
		explicit.ProtocolConfig = &http.HttpProtocolOptions_ExplicitHttpConfig_HttpProtocolOptions{HttpProtocolOptions: &core.Http1ProtocolOptions{}}
	}
	return map[string]*anypb.Any{httpOptionsType: packed(&http.HttpProtocolOptions{
		CommonHttpProtocolOptions: &core.HttpProtocolOptions{IdleTimeout: seconds(idle)},
		UpstreamProtocolOptions:   &http.HttpProtocolOptions_ExplicitHttpConfig_{ExplicitHttpConfig: explicit},
	})}
}
