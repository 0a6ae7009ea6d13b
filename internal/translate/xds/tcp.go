package xds

import (
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	tcpproxy "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const tcpProxyFilter = "envoy.filters.network.tcp_proxy"

// tcpProxy dials at once: a server that speaks first does so without delay.
func tcpProxy(statPrefix, cluster string) *listener.Filter {
	return networkFilter(tcpProxyFilter, tcpProxyTo(statPrefix, cluster))
}

// guardedTCPProxy dials when the caller's certificate was accepted. A server that speaks first would otherwise greet
// a caller that may not call.
func guardedTCPProxy(statPrefix, cluster string) *listener.Filter {
	config := tcpProxyTo(statPrefix, cluster)
	config.UpstreamConnectMode = tcpproxy.UpstreamConnectMode_ON_DOWNSTREAM_TLS_HANDSHAKE
	config.MaxEarlyDataBytes = wrapperspb.UInt32(0)
	return networkFilter(tcpProxyFilter, config)
}

func tcpProxyTo(statPrefix, cluster string) *tcpproxy.TcpProxy {
	return &tcpproxy.TcpProxy{
		StatPrefix:       statPrefix,
		ClusterSpecifier: &tcpproxy.TcpProxy_Cluster{Cluster: cluster},
		IdleTimeout:      seconds(idleTCP),
	}
}
