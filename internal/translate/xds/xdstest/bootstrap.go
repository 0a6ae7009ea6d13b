package xdstest

import (
	"fmt"

	bootstrap "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	router "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	http "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// Bootstrap puts every resource of a set into one static configuration. Routes and filters, which have no place of
// their own there, each get a listener around them.
func Bootstrap(set *xds.Set) (*bootstrap.Bootstrap, error) {
	static := &bootstrap.Bootstrap_StaticResources{Clusters: []*cluster.Cluster{agent()}}
	for _, r := range Of(set, xds.ClusterType) {
		c := &cluster.Cluster{}
		if err := r.Body.UnmarshalTo(c); err != nil {
			return nil, fmt.Errorf("cluster %s: %w", r.Name, err)
		}
		static.Clusters = append(static.Clusters, c)
	}
	for _, r := range Of(set, xds.ListenerType) {
		l := &listener.Listener{}
		if err := r.Body.UnmarshalTo(l); err != nil {
			return nil, fmt.Errorf("listener %s: %w", r.Name, err)
		}
		static.Listeners = append(static.Listeners, l)
	}
	for i, r := range Of(set, xds.RouteType) {
		config := &route.RouteConfiguration{}
		if err := r.Body.UnmarshalTo(config); err != nil {
			return nil, fmt.Errorf("routes %s: %w", r.Name, err)
		}
		static.Listeners = append(static.Listeners, around("routes "+r.Name, 20000+i, config, nil))
	}
	for i, r := range Of(set, xds.FilterType) {
		config := &core.TypedExtensionConfig{}
		if err := r.Body.UnmarshalTo(config); err != nil {
			return nil, fmt.Errorf("filter %s: %w", r.Name, err)
		}
		static.Listeners = append(static.Listeners, around("filter "+r.Name, 30000+i, &route.RouteConfiguration{}, config))
	}
	return &bootstrap.Bootstrap{
		Node:            &core.Node{Id: "check", Cluster: "check"},
		StaticResources: static,
		DynamicResources: &bootstrap.Bootstrap_DynamicResources{AdsConfig: &core.ApiConfigSource{
			ApiType: core.ApiConfigSource_DELTA_GRPC, TransportApiVersion: core.ApiVersion_V3,
			GrpcServices: []*core.GrpcService{{TargetSpecifier: &core.GrpcService_EnvoyGrpc_{EnvoyGrpc: &core.GrpcService_EnvoyGrpc{ClusterName: xds.AgentCluster}}}},
		}},
	}, nil
}

// around is a listener that does nothing but hold routes and, before the router, a filter.
func around(name string, port int, routes *route.RouteConfiguration, filter *core.TypedExtensionConfig) *listener.Listener {
	manager := &hcm.HttpConnectionManager{StatPrefix: name, RouteSpecifier: &hcm.HttpConnectionManager_RouteConfig{RouteConfig: routes}}
	if filter != nil {
		manager.HttpFilters = append(manager.HttpFilters, &hcm.HttpFilter{Name: filter.Name, ConfigType: &hcm.HttpFilter_TypedConfig{TypedConfig: filter.TypedConfig}})
	}
	manager.HttpFilters = append(manager.HttpFilters, &hcm.HttpFilter{Name: "router", ConfigType: &hcm.HttpFilter_TypedConfig{TypedConfig: wrap(&router.Router{})}})
	return &listener.Listener{
		Name: name,
		Address: &core.Address{Address: &core.Address_SocketAddress{SocketAddress: &core.SocketAddress{
			Address: "127.0.0.1", PortSpecifier: &core.SocketAddress_PortValue{PortValue: uint32(port)},
		}}},
		FilterChains: []*listener.FilterChain{{Filters: []*listener.Filter{{Name: "http", ConfigType: &listener.Filter_TypedConfig{TypedConfig: wrap(manager)}}}}},
	}
}

// agent is the cluster that a sidecar's own bootstrap has.
func agent() *cluster.Cluster {
	pipe := &core.Address{Address: &core.Address_Pipe{Pipe: &core.Pipe{Path: "/tmp/agent.sock"}}}
	return &cluster.Cluster{
		Name:                 xds.AgentCluster,
		ClusterDiscoveryType: &cluster.Cluster_Type{Type: cluster.Cluster_STATIC},
		LoadAssignment: &endpoint.ClusterLoadAssignment{ClusterName: xds.AgentCluster, Endpoints: []*endpoint.LocalityLbEndpoints{{
			LbEndpoints: []*endpoint.LbEndpoint{{HostIdentifier: &endpoint.LbEndpoint_Endpoint{Endpoint: &endpoint.Endpoint{Address: pipe}}}},
		}}},
		TypedExtensionProtocolOptions: map[string]*anypb.Any{
			"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": wrap(&http.HttpProtocolOptions{UpstreamProtocolOptions: &http.HttpProtocolOptions_ExplicitHttpConfig_{
				ExplicitHttpConfig: &http.HttpProtocolOptions_ExplicitHttpConfig{ProtocolConfig: &http.HttpProtocolOptions_ExplicitHttpConfig_Http2ProtocolOptions{Http2ProtocolOptions: &core.Http2ProtocolOptions{}}},
			}}),
		},
	}
}

func wrap(m proto.Message) *anypb.Any {
	out, err := anypb.New(m)
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", m, err))
	}
	return out
}
