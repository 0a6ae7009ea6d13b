package xds

import (
	"net/netip"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	originaldst "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/listener/original_dst/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	tcpproxy "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/weft-mesh/weft/internal/model"
)

// Ports that the redirection leads to. They are those of package v1alpha1, which this package does not see.
const (
	outboundPort uint32 = 15001
	inboundPort  uint32 = 15006
)

const (
	catcherName = "outbound"
	firstName   = "first"
	inboundName = "inbound"
	// outboundPrefix begins the name of the listener of one address of a Service: outbound/IP:PORT.
	outboundPrefix = "outbound/"
)

// catcherListener takes what the application opens and hands it to the listener of the address that was dialled. An
// address that the mesh does not know is passed on as it is.
func catcherListener() *Resource { return plainCatcher(catcherName, outboundPort) }

// listenerForm stands for one address of a Service after the other. The listener opens no port; the catcher finds it by
// its address.
type listenerForm struct {
	listener *listener.Listener
	address  *core.SocketAddress
	port     *core.SocketAddress_PortValue
	chain    *listener.FilterChain
	filter   *listener.Filter
	config   *anypb.Any // of the filter
	http     *hcm.HttpConnectionManager
	routes   *hcm.Rds
	tcp      *tcpproxy.TcpProxy
	cluster  *tcpproxy.TcpProxy_Cluster
}

func newListenerForm() *listenerForm {
	f := &listenerForm{
		port:    &core.SocketAddress_PortValue{},
		config:  &anypb.Any{},
		routes:  &hcm.Rds{ConfigSource: fromADS()},
		cluster: &tcpproxy.TcpProxy_Cluster{},
	}
	f.address = &core.SocketAddress{PortSpecifier: f.port}
	f.filter = &listener.Filter{ConfigType: &listener.Filter_TypedConfig{TypedConfig: f.config}}
	f.chain = &listener.FilterChain{Filters: []*listener.Filter{f.filter}}
	f.listener = &listener.Listener{
		Address:          &core.Address{Address: &core.Address_SocketAddress{SocketAddress: f.address}},
		TrafficDirection: core.TrafficDirection_OUTBOUND,
		BindToPort:       wrapperspb.Bool(false),
		FilterChains:     []*listener.FilterChain{f.chain},
	}
	f.http = &hcm.HttpConnectionManager{RouteSpecifier: &hcm.HttpConnectionManager_Rds{Rds: f.routes}}
	f.tcp = serviceTCPProxy(f.cluster)
	return f
}

// of is the listener of an address, whose calls go to a cluster, or by the routes of its name.
func (f *listenerForm) of(cluster string, vip netip.Addr, port *model.Port) *Resource {
	f.listener.Name = outboundPrefix + netip.AddrPortFrom(vip, port.Number).String()
	f.address.Address, f.port.PortValue = vip.String(), uint32(port.Number)
	f.chain.Name = cluster
	stats := outboundPrefix + cluster
	if port.Protocol.IsHTTP() {
		f.http.StatPrefix, f.routes.RouteConfigName = stats, cluster
		f.filter.Name = httpFilter
		pack(f.config, httpType, f.http, outboundHTTP)
	} else {
		f.tcp.StatPrefix, f.cluster.Cluster = stats, cluster
		f.filter.Name = tcpProxyFilter
		pack(f.config, tcpProxyType, f.tcp, fields{})
	}
	return encode(ListenerType, f.listener.Name, f.listener)
}

func originalDestination() *listener.ListenerFilter {
	const name = "envoy.filters.listener.original_dst"
	return &listener.ListenerFilter{
		Name:       name,
		ConfigType: &listener.ListenerFilter_TypedConfig{TypedConfig: packed(&originaldst.OriginalDst{})},
	}
}

func toPort(port uint32) *listener.FilterChainMatch {
	return &listener.FilterChainMatch{DestinationPort: wrapperspb.UInt32(port)}
}

func networkFilter(name string, config proto.Message) *listener.Filter {
	return &listener.Filter{
		Name:       name,
		ConfigType: &listener.Filter_TypedConfig{TypedConfig: packed(config)},
	}
}
