package xds

import (
	"net/netip"
	"strings"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	filterstate "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/common/set_filter_state/v3"
	setfilterstate "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/set_filter_state/v3"
	tcpproxy "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
)

// FirstPrefix begins the name of the cluster that a proxy asks for when it is called to an address that it doesn't know:
// first/ADDRESS. The cluster leads back to the proxy itself, on firstPort, which by then has what the Service at the
// address takes: the first call goes the same way as all later ones.
const FirstPrefix = "first/"

// firstPort and firstPriority are those of the redirection, which this package does not see.
const (
	firstPort     uint32 = 15002
	firstPriority int64  = 5
)

// SO_PRIORITY of Linux.
const (
	solSocket  = 1
	soPriority = 12
)

// firstTimeout is how many seconds a first call waits for its Service. It fails when the operator can't be reached.
const firstTimeout = 5

// FirstName is the name that a call to an address is asked for by.
func FirstName(a netip.Addr) string { return FirstPrefix + a.String() }

// parseFirst is false for a name that no proxy makes.
func parseFirst(name string) (netip.Addr, bool) {
	text, is := strings.CutPrefix(name, FirstPrefix)
	a, err := netip.ParseAddr(text)
	return a, is && err == nil && FirstName(a) == name
}

// firstCluster dials the address and port that the caller has dialled, with the priority that leads the connection back.
func firstCluster(name string) *Resource {
	return encode(ClusterType, name, &cluster.Cluster{
		Name:                 name,
		ClusterDiscoveryType: &cluster.Cluster_Type{Type: cluster.Cluster_ORIGINAL_DST},
		LbPolicy:             cluster.Cluster_CLUSTER_PROVIDED,
		ConnectTimeout:       seconds(connectTimeout),
		CircuitBreakers:      unlimited(),
		UpstreamBindConfig: &core.BindConfig{SocketOptions: []*core.SocketOption{{
			Description: "SO_PRIORITY",
			Level:       solSocket,
			Name:        soPriority,
			Value:       &core.SocketOption_IntValue{IntValue: firstPriority},
			State:       core.SocketOption_STATE_PREBIND,
		}}},
	})
}

// firstListener takes first calls and hands them to the listener of the address that was dialled. Where there is none, as
// on a port that its Service does not have, the call is passed on as it is.
func firstListener() *Resource { return plainCatcher(firstName, firstPort) }

// askChain waits until the cluster of the address that was dialled is there.
func askChain() *listener.FilterChain {
	proxy := tcpProxyTo("outbound/first", clusterNowhere)
	proxy.OnDemand = &tcpproxy.TcpProxy_OnDemand{OdcdsConfig: fromADS(), Timeout: seconds(firstTimeout)}
	return &listener.FilterChain{Name: chainAsk, Filters: []*listener.Filter{
		networkFilter("envoy.filters.network.set_filter_state", &setfilterstate.Config{OnNewConnection: []*filterstate.FilterStateValue{{
			Key: &filterstate.FilterStateValue_ObjectKey{ObjectKey: "envoy.tcp_proxy.cluster"},
			Value: &filterstate.FilterStateValue_FormatString{FormatString: &core.SubstitutionFormatString{
				Format: &core.SubstitutionFormatString_TextFormatSource{TextFormatSource: &core.DataSource{
					Specifier: &core.DataSource_InlineString{InlineString: FirstPrefix + "%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%"},
				}},
			}},
		}}}),
		networkFilter(tcpProxyFilter, proxy),
	}}
}
