package xds

import (
	"bytes"
	"fmt"
	"math"
	"net/netip"
	"regexp"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	matcher "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// refusedType is the type of what stands for a message that Envoy would not take. Its value is the reason.
const refusedType = "weft.dev/refused\x00"

var refusedMark = protowire.AppendString(nil, refusedType)

func refusal(reason string) *anypb.Any {
	return &anypb.Any{TypeUrl: refusedType, Value: []byte(reason)}
}

// refusalIn is why a message that is packed in an encoded one was refused.
func refusalIn(encoded []byte) (reason string, is bool) {
	_, after, is := bytes.Cut(encoded, refusedMark)
	if !is {
		return "", false
	}
	field, _, size := protowire.ConsumeTag(after)
	text, length := protowire.ConsumeBytes(after[max(size, 0):])
	if field != 2 || length < 0 {
		return "a text says that it is refused", true
	}
	return string(text), true
}

// problemOf says why Envoy would not take a message: by the rules of its schema, and by those that Envoy has besides, as far
// as they are known. Empty: nothing is known against it. What is packed in it was looked at when it was packed.
func problemOf(m proto.Message) string {
	if checked, is := m.(interface{ ValidateAll() error }); is {
		if err := checked.ValidateAll(); err != nil {
			return err.Error()
		}
	}
	switch m := m.(type) {
	case *route.RouteConfiguration:
		return routesRefused(m)
	case *listener.Listener:
		return listenerRefused(m)
	case *endpoint.ClusterLoadAssignment:
		return endpointsRefused(m)
	default:
		return ""
	}
}

func routesRefused(m *route.RouteConfiguration) string {
	names, domains := map[string]bool{}, map[string]bool{}
	for _, host := range m.VirtualHosts {
		if names[host.Name] {
			return fmt.Sprintf("two virtual hosts are called %q", host.Name)
		}
		names[host.Name] = true
		for _, domain := range host.Domains {
			if domains[domain] {
				return fmt.Sprintf("two virtual hosts have the domain %q", domain)
			}
			domains[domain] = true
		}
		for _, r := range host.Routes {
			if problem := routeRefused(r); problem != "" {
				return fmt.Sprintf("route %s: %s", r.Name, problem)
			}
		}
	}
	return ""
}

// routeRefused: Envoy divides by the sum of weights, which has 32 bits, and compiles expressions with RE2, as Go does.
func routeRefused(r *route.Route) string {
	if clusters := r.GetRoute().GetWeightedClusters(); clusters != nil {
		sum := uint64(0)
		for _, c := range clusters.Clusters {
			sum += uint64(c.Weight.GetValue())
		}
		if sum == 0 || sum > math.MaxUint32 {
			return fmt.Sprintf("the weights sum to %d", sum)
		}
	}
	expressions := []*matcher.RegexMatcher{r.GetMatch().GetSafeRegex()}
	for _, h := range r.GetMatch().GetHeaders() {
		expressions = append(expressions, h.GetStringMatch().GetSafeRegex())
	}
	for _, q := range r.GetMatch().GetQueryParameters() {
		expressions = append(expressions, q.GetStringMatch().GetSafeRegex())
	}
	for _, c := range r.GetMatch().GetCookies() {
		expressions = append(expressions, c.GetStringMatch().GetSafeRegex())
	}
	for _, e := range expressions {
		if e == nil {
			continue
		}
		if _, err := regexp.Compile(e.Regex); err != nil {
			return err.Error()
		}
	}
	return ""
}

// listenerRefused: a connection must find one chain, by its match, or by its name where a matcher stands beside them.
func listenerRefused(m *listener.Listener) string {
	known := map[string]bool{}
	for _, chain := range m.FilterChains {
		found := chain.Name
		if m.FilterChainMatcher == nil {
			match, err := proto.MarshalOptions{Deterministic: true}.Marshal(chain.GetFilterChainMatch())
			if err != nil {
				return err.Error()
			}
			found = string(match)
		}
		if known[found] {
			return fmt.Sprintf("the filter chain %s takes what another one takes", chain.Name)
		}
		known[found] = true
	}
	return addressRefused(m.Address)
}

// endpointsRefused: the sum of a locality's weights has 32 bits.
func endpointsRefused(m *endpoint.ClusterLoadAssignment) string {
	for _, locality := range m.Endpoints {
		sum := uint64(0)
		for _, e := range locality.LbEndpoints {
			sum += uint64(e.LoadBalancingWeight.GetValue())
			if problem := addressRefused(e.GetEndpoint().GetAddress()); problem != "" {
				return problem
			}
		}
		if sum > math.MaxUint32 {
			return fmt.Sprintf("the weights of the endpoints sum to %d", sum)
		}
	}
	return ""
}

func addressRefused(a *core.Address) string {
	socket := a.GetSocketAddress()
	if socket == nil {
		return ""
	}
	if ip, err := netip.ParseAddr(socket.Address); err != nil || ip.Zone() != "" {
		return fmt.Sprintf("%q is no IP address", socket.Address)
	}
	return ""
}
