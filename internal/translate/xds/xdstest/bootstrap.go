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
	tcpproxy "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	http "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// Bootstrap puts every resource of a set into one static configuration. Routes and filters, which have no place of
// their own there, each get a listener around them.
func Bootstrap(set *xds.Set) (*bootstrap.Bootstrap, error) {
	p := newPile(false)
	err := p.set(set)
	return p.bootstrap(), err
}

// BootstrapOfAll does so with many sets and with endpoints, each of which gets a cluster around it. What is equal is there
// once. Names and addresses are changed so that no two are the same.
func BootstrapOfAll(sets []*xds.Set, endpoints []*xds.Resource) (*bootstrap.Bootstrap, error) {
	p := newPile(true)
	for _, set := range sets {
		if err := p.set(set); err != nil {
			return nil, err
		}
	}
	for _, r := range endpoints {
		if err := p.add(r); err != nil {
			return nil, err
		}
	}
	return p.bootstrap(), nil
}

// pile is a static configuration in the making.
type pile struct {
	static *bootstrap.Bootstrap_StaticResources
	apart  bool            // names and addresses are changed
	known  map[string]bool // by type and version
	names  map[string]bool
}

func newPile(apart bool) *pile {
	return &pile{static: &bootstrap.Bootstrap_StaticResources{Clusters: []*cluster.Cluster{agent()}}, apart: apart, known: map[string]bool{}, names: map[string]bool{}}
}

func (p *pile) set(set *xds.Set) error {
	for _, url := range []string{xds.ClusterType, xds.ListenerType, xds.RouteType, xds.FilterType} {
		for _, r := range Of(set, url) {
			if err := p.add(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *pile) add(r *xds.Resource) error {
	if p.apart && p.known[r.TypeURL+r.Version] {
		return nil
	}
	p.known[r.TypeURL+r.Version] = true
	message, err := r.Body.UnmarshalNew()
	if err != nil {
		return fmt.Errorf("%s %s: %w", r.TypeURL, r.Name, err)
	}
	switch m := message.(type) {
	case *cluster.Cluster:
		m.Name = p.name(m.Name)
		p.static.Clusters = append(p.static.Clusters, m)
	case *listener.Listener:
		m.Name = p.name(m.Name)
		if p.apart {
			m.Address = p.address()
		}
		p.static.Listeners = append(p.static.Listeners, m)
	case *route.RouteConfiguration:
		p.static.Listeners = append(p.static.Listeners, p.around("routes "+r.Name, m, nil))
	case *core.TypedExtensionConfig:
		if m.TypedConfig.MessageIs(&tcpproxy.TcpProxy{}) {
			p.static.Listeners = append(p.static.Listeners, p.listener("filter "+r.Name, m.TypedConfig))
			break
		}
		p.static.Listeners = append(p.static.Listeners, p.around("filter "+r.Name, &route.RouteConfiguration{}, m))
	case *endpoint.ClusterLoadAssignment:
		p.static.Clusters = append(p.static.Clusters, &cluster.Cluster{
			Name: p.name("endpoints " + r.Name), ClusterDiscoveryType: &cluster.Cluster_Type{Type: cluster.Cluster_STATIC}, LoadAssignment: m,
		})
	}
	return nil
}

// name is another one if it is taken.
func (p *pile) name(name string) string {
	if p.apart && p.names[name] {
		name = fmt.Sprintf("%d %s", len(p.known), name)
	}
	p.names[name] = true
	return name
}

// address is one that no other listener has.
func (p *pile) address() *core.Address {
	n := len(p.static.Listeners)
	return &core.Address{Address: &core.Address_SocketAddress{SocketAddress: &core.SocketAddress{
		Address: fmt.Sprintf("127.77.%d.%d", n/250, n%250+1), PortSpecifier: &core.SocketAddress_PortValue{PortValue: 20000},
	}}}
}

func (p *pile) bootstrap() *bootstrap.Bootstrap {
	return &bootstrap.Bootstrap{
		Node:            &core.Node{Id: "check", Cluster: "check"},
		StaticResources: p.static,
		DynamicResources: &bootstrap.Bootstrap_DynamicResources{AdsConfig: &core.ApiConfigSource{
			ApiType: core.ApiConfigSource_DELTA_GRPC, TransportApiVersion: core.ApiVersion_V3,
			GrpcServices: []*core.GrpcService{{TargetSpecifier: &core.GrpcService_EnvoyGrpc_{EnvoyGrpc: &core.GrpcService_EnvoyGrpc{ClusterName: xds.AgentCluster}}}},
		}},
	}
}

// around is a listener that does nothing but hold routes and, before the router, a filter.
func (p *pile) around(name string, routes *route.RouteConfiguration, filter *core.TypedExtensionConfig) *listener.Listener {
	manager := &hcm.HttpConnectionManager{StatPrefix: name, RouteSpecifier: &hcm.HttpConnectionManager_RouteConfig{RouteConfig: routes}}
	if filter != nil {
		manager.HttpFilters = append(manager.HttpFilters, &hcm.HttpFilter{Name: filter.Name, ConfigType: &hcm.HttpFilter_TypedConfig{TypedConfig: filter.TypedConfig}})
	}
	manager.HttpFilters = append(manager.HttpFilters, &hcm.HttpFilter{Name: "router", ConfigType: &hcm.HttpFilter_TypedConfig{TypedConfig: wrap(&router.Router{})}})
	return p.listener(name, wrap(manager))
}

// listener has one filter.
func (p *pile) listener(name string, filter *anypb.Any) *listener.Listener {
	return &listener.Listener{
		Name: p.name(name), Address: p.address(),
		FilterChains: []*listener.FilterChain{{Filters: []*listener.Filter{{Name: "filter", ConfigType: &listener.Filter_TypedConfig{TypedConfig: filter}}}}},
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
