package xds

import (
	"net/netip"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	originaldst "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/listener/original_dst/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	tcpproxy "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	"google.golang.org/protobuf/proto"
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

// listenerForms make listeners that stand for one address of a Service. They open no port; the catcher finds them by their
// address.
type listenerForms struct {
	own       *listener.Listener // has a name and an address only
	address   *core.SocketAddress
	port      *core.SocketAddress_PortValue
	http, tcp *form
	room      []byte
}

func newListenerForms() *listenerForms {
	f := &listenerForms{port: &core.SocketAddress_PortValue{}, http: httpForm(), tcp: tcpForm()}
	f.address = &core.SocketAddress{PortSpecifier: f.port}
	f.own = &listener.Listener{Address: &core.Address{Address: &core.Address_SocketAddress{SocketAddress: f.address}}}
	return f
}

// of is the listener for calls of an address. They go to a cluster, or by the routes of its name.
func (f *listenerForms) of(cluster string, vip netip.Addr, port *model.Port) *Resource {
	var rest fields
	if port.Protocol.IsHTTP() {
		rest = f.http.fill(f.room[:0], cluster, outboundPrefix+cluster)
	} else {
		rest = f.tcp.fill(f.room[:0], cluster, outboundPrefix+cluster, connectionsPrefix+cluster)
	}
	f.room = rest.bytes
	f.address.Address, f.port.PortValue = vip.String(), uint32(port.Number)
	f.own.Name = outboundPrefix + netip.AddrPortFrom(vip, port.Number).String()
	return encode(ListenerType, f.own.Name, f.own, rest)
}

// The stencils have the name of the cluster and the prefix of statistics open, in all that a listener has besides its name
// and address.
var (
	httpListener = newStencil(2, func(marks []string) fields {
		return listenerFields(marks[0], networkFilter(httpFilter, outboundHTTP(marks[1], marks[0])))
	})
	tcpListener = newStencil(3, func(marks []string) fields {
		return listenerFields(marks[0], connectionsFilter(marks[2], marks[1], marks[0]))
	})
)

func listenerFields(chain string, filter *listener.Filter) fields {
	return fieldsOf(&listener.Listener{
		TrafficDirection: core.TrafficDirection_OUTBOUND,
		BindToPort:       wrapperspb.Bool(false),
		FilterChains:     []*listener.FilterChain{{Name: chain, Filters: []*listener.Filter{filter}}},
	})
}

func httpForm() *form {
	chain, routes := &listener.FilterChain{}, byRoutes("")
	config := &hcm.HttpConnectionManager{RouteSpecifier: routes}
	return &form{httpListener, []proto.Message{chain, config}, [][]*string{{&chain.Name, &routes.Rds.RouteConfigName}, {&config.StatPrefix}}}
}

func tcpForm() *form {
	chain, to := &listener.FilterChain{}, &tcpproxy.TcpProxy_Cluster{}
	config, filter := &tcpproxy.TcpProxy{ClusterSpecifier: to}, &listener.Filter{}
	return &form{tcpListener, []proto.Message{chain, config, filter}, [][]*string{{&chain.Name, &to.Cluster}, {&config.StatPrefix}, {&filter.Name}}}
}

var originalDestination = &listener.ListenerFilter{
	Name:       "envoy.filters.listener.original_dst",
	ConfigType: &listener.ListenerFilter_TypedConfig{TypedConfig: packed(&originaldst.OriginalDst{})},
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
