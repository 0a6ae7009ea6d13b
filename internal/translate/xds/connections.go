package xds

import (
	accesslog "github.com/envoyproxy/go-control-plane/envoy/config/accesslog/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	grpclog "github.com/envoyproxy/go-control-plane/envoy/extensions/access_loggers/grpc/v3"
	tcpproxy "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	tracing "github.com/envoyproxy/go-control-plane/envoy/type/tracing/v3"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/outcome"
)

const (
	tcpProxyType = "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"
	// connectionsPrefix begins the name of what says where the connections of a port go: connections/NAMESPACE/SERVICE/PORT.
	connectionsPrefix = "connections/"
)

// connectionsFilter takes connections of the application to a port of a Service. Where they go comes apart, as the routes of
// requests do, so that a Canary changes no listener: a changed one would close open sessions. Before it is there, they go
// to the Service as a whole.
func connectionsFilter(name, statPrefix, cluster string) *listener.Filter {
	return &listener.Filter{
		Name: name,
		ConfigType: &listener.Filter_ConfigDiscovery{ConfigDiscovery: &core.ExtensionConfigSource{
			ConfigSource:  fromADS(),
			TypeUrls:      []string{tcpProxyType},
			DefaultConfig: packed(serviceTCPProxy(statPrefix, cluster)),
		}},
	}
}

// connections says where those to a port of a Service go.
func connections(cluster string, service *model.Service, port *model.Port) *Resource {
	name := connectionsPrefix + cluster
	return encode(FilterType, name, &core.TypedExtensionConfig{Name: name, TypedConfig: packed(dividedTCPProxy(cluster, service, port))})
}

// dividedTCPProxy divides connections between the versions of a Service. Envoy chooses a version anew for each attempt to
// connect, so where both have a share there is one attempt: what one version refuses must not become the other's.
func dividedTCPProxy(cluster string, service *model.Service, port *model.Port) *tcpproxy.TcpProxy {
	config, split := serviceTCPProxy(outboundPrefix+cluster, cluster), service.Split
	if split == nil {
		return config
	}
	var shares []*tcpproxy.TcpProxy_WeightedCluster_ClusterWeight
	stable, canary := split.Connections()
	for _, s := range []share{{split.Stable.Name, stable}, {split.Canary.Name, canary}} {
		if s.weight > 0 {
			name := ClusterName(service.Key, port.Number, s.cluster)
			shares = append(shares, &tcpproxy.TcpProxy_WeightedCluster_ClusterWeight{Name: name, Weight: s.weight})
		}
	}
	config.ClusterSpecifier = &tcpproxy.TcpProxy_WeightedClusters{WeightedClusters: &tcpproxy.TcpProxy_WeightedCluster{Clusters: shares}}
	if len(shares) > 1 {
		config.MaxConnectAttempts = wrapperspb.UInt32(1)
	}
	if split.Judged && !split.Focused {
		config.AccessLog = connectionLog(outcome.Route(split.Stamp.Namespace, split.Stamp.Name, nil, false))
	}
	return config
}

// serviceTCPProxy leads to one of the pods that takes the connection.
func serviceTCPProxy(statPrefix, cluster string) *tcpproxy.TcpProxy {
	config := tcpProxyTo(statPrefix, cluster)
	config.MaxConnectAttempts = wrapperspb.UInt32(connectAttempts)
	return config
}

// connectionLog sends how each connection ended to the agent. An entry has no route, names no cluster where there was no
// endpoint, and has no flag for a caller that breaks its connection: all three are in its tags.
func connectionLog(route string) []*accesslog.AccessLog {
	common := agentLog()
	common.CustomTags = []*tracing.CustomTag{
		{Tag: outcome.TagRoute, Type: &tracing.CustomTag_Literal_{Literal: &tracing.CustomTag_Literal{Value: route}}},
		{Tag: outcome.TagCluster, Type: &tracing.CustomTag_Value{Value: "%UPSTREAM_CLUSTER_RAW%"}},
		{Tag: outcome.TagClose, Type: &tracing.CustomTag_Value{Value: "%DOWNSTREAM_DETECTED_CLOSE_TYPE%"}},
	}
	return []*accesslog.AccessLog{{
		Name:       "envoy.access_loggers.tcp_grpc",
		ConfigType: &accesslog.AccessLog_TypedConfig{TypedConfig: packed(&grpclog.TcpGrpcAccessLogConfig{CommonConfig: common})},
	}}
}
