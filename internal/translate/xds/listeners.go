package xds

import (
	"net/netip"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	originaldst "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/listener/original_dst/v3"
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

// outboundListener stands for one address of a Service. It opens no port; the catcher finds it by its address.
func outboundListener(cluster string, vip netip.Addr, port *model.Port) *Resource {
	name := outboundPrefix + netip.AddrPortFrom(vip, port.Number).String()
	chain := &listener.FilterChain{Name: cluster}
	if port.Protocol.IsHTTP() {
		chain.Filters = []*listener.Filter{outboundHTTP(cluster)}
	} else {
		chain.Filters = []*listener.Filter{serviceTCPProxy(cluster)}
	}
	return encode(ListenerType, name, &listener.Listener{
		Name:             name,
		Address:          address(vip.String(), uint32(port.Number)),
		TrafficDirection: core.TrafficDirection_OUTBOUND,
		BindToPort:       wrapperspb.Bool(false),
		FilterChains:     []*listener.FilterChain{chain},
	})
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
		Name:       "envoy.filters.network." + name,
		ConfigType: &listener.Filter_TypedConfig{TypedConfig: packed(config)},
	}
}
