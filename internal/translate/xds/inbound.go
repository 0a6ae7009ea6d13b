package xds

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	tls "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/weft-mesh/weft/internal/model"
)

// handshakeTimeout ends a connection whose client does not finish its TLS handshake.
const handshakeTimeout = 10 * time.Second

// inbound is what arrives at a workload: one listener with a chain for each port, and the rules of each HTTP port.
// Every chain demands an identity of the mesh; plaintext fails in each of them.
func inbound(in workloadInput) *Part {
	c, trustDomain, w := newContents(), in.trustDomain, &in.workload
	var chains []*listener.FilterChain
	for _, port := range declaredPorts(w) {
		if port.Protocol.IsHTTP() {
			c.add(accessResource(trustDomain, w, port.Port), w.Stamps...)
		}
		chains = append(chains, portChain(trustDomain, w, port))
	}
	chains = append(chains, directChain())
	undeclared := undeclaredChain(trustDomain, w)
	for _, chain := range append(chains, undeclared) {
		chain.TransportSocketConnectTimeout = durationpb.New(handshakeTimeout)
	}
	c.add(encode(ListenerType, inboundName, &listener.Listener{
		Name:               inboundName,
		Address:            address("0.0.0.0", inboundPort),
		TrafficDirection:   core.TrafficDirection_INBOUND,
		TcpKeepalive:       keepAlive(),
		ListenerFilters:    []*listener.ListenerFilter{originalDestination},
		FilterChains:       chains,
		DefaultFilterChain: undeclared,
	}), w.Stamps...)
	if in.scope != nil {
		c.add(scopeCluster(in.scope))
	}
	return c.part()
}

// declaredPorts are those that Services lead to, and those that only rules name: these are opaque.
func declaredPorts(w *model.Workload) []model.InboundPort {
	var out []model.InboundPort
	add := func(p model.InboundPort) {
		known := slices.ContainsFunc(out, func(o model.InboundPort) bool { return o.Port == p.Port })
		if !known && uint32(p.Port) != inboundPort {
			out = append(out, p)
		}
	}
	for _, p := range w.Inbound {
		add(p)
	}
	for _, rule := range enforced(w.Envoy) {
		for _, port := range rule.Ports {
			add(model.InboundPort{Port: port, Protocol: model.TCP})
		}
	}
	slices.SortFunc(out, func(a, b model.InboundPort) int { return cmp.Compare(a.Port, b.Port) })
	return out
}

func enforced(a model.Access) []model.Rule {
	if !a.Isolated {
		return nil
	}
	return a.Rules
}

// portChain serves one port. On an HTTP port the rules are asked for each request, on others during the handshake.
func portChain(trustDomain string, w *model.Workload, port model.InboundPort) *listener.FilterChain {
	name := strconv.Itoa(int(port.Port))
	chain := &listener.FilterChain{Name: name, FilterChainMatch: toPort(uint32(port.Port))}
	if port.Protocol.IsHTTP() {
		chain.TransportSocket = downstreamTLS(port.Protocol, anyIdentity(trustDomain))
		chain.Filters = []*listener.Filter{inboundHTTP("inbound/"+name, accessName(w.Key, port.Port), port.Protocol)}
		return chain
	}
	callers := allowedIdentities(trustDomain, w.Envoy, func(r model.Rule) bool { return r.Covers(port.Port) })
	chain.TransportSocket = downstreamTLS(model.TCP, callers)
	chain.Filters = []*listener.Filter{guardedTCPProxy("inbound/"+name, inboundClusterName(model.TCP))}
	return chain
}

// undeclaredChain serves ports that no Service and no rule names.
func undeclaredChain(trustDomain string, w *model.Workload) *listener.FilterChain {
	callers := allowedIdentities(trustDomain, w.Envoy, func(r model.Rule) bool { return len(r.Ports) == 0 })
	return &listener.FilterChain{
		Name:            "undeclared",
		TransportSocket: downstreamTLS(model.TCP, callers),
		Filters:         []*listener.Filter{guardedTCPProxy("inbound/undeclared", inboundClusterName(model.TCP))},
	}
}

// directChain refuses who dials the listener's own port: the proxy would call itself for ever.
func directChain() *listener.FilterChain {
	return &listener.FilterChain{
		Name:             "direct",
		FilterChainMatch: toPort(inboundPort),
		TransportSocket:  downstreamTLS(model.TCP, []*tls.SubjectAltNameMatcher{exactSAN(nobody)}),
		Filters:          []*listener.Filter{guardedTCPProxy("inbound/direct", clusterNowhere)},
	}
}

// anyIdentity is every identity of the mesh. The closing slash keeps other trust domains out.
func anyIdentity(trustDomain string) []*tls.SubjectAltNameMatcher {
	return []*tls.SubjectAltNameMatcher{prefixSAN("spiffe://" + trustDomain + "/")}
}

// allowedIdentities are the callers of the rules that apply. An empty list would let everyone in, so it becomes nobody.
func allowedIdentities(trustDomain string, a model.Access, applies func(model.Rule) bool) []*tls.SubjectAltNameMatcher {
	if !a.Isolated {
		return anyIdentity(trustDomain)
	}
	var uris []string
	for _, r := range a.Rules {
		if applies(r) {
			for _, id := range r.From {
				uris = append(uris, id.SPIFFE(trustDomain))
			}
		}
	}
	slices.Sort(uris)
	var out []*tls.SubjectAltNameMatcher
	for _, uri := range slices.Compact(uris) {
		out = append(out, exactSAN(uri))
	}
	if len(out) == 0 {
		return []*tls.SubjectAltNameMatcher{exactSAN(nobody)}
	}
	return out
}
