package xds

import (
	"math"
	"strings"
	"testing"

	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	matcher "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// What Envoy refuses is known before it is sent; a sound neighbour of each case is not refused.
func TestWhatEnvoyRefuses(t *testing.T) {
	weighted := func(weights ...uint32) *route.Route {
		clusters := &route.WeightedCluster{}
		for _, w := range weights {
			clusters.Clusters = append(clusters.Clusters, &route.WeightedCluster_ClusterWeight{Name: "c", Weight: wrapperspb.UInt32(w)})
		}
		return &route.Route{
			Match:  &route.RouteMatch{PathSpecifier: &route.RouteMatch_Prefix{Prefix: "/"}},
			Action: &route.Route_Route{Route: &route.RouteAction{ClusterSpecifier: &route.RouteAction_WeightedClusters{WeightedClusters: clusters}}},
		}
	}
	header := func(m *route.HeaderMatcher) *route.Route {
		r := weighted(1)
		r.Match.Headers = []*route.HeaderMatcher{m}
		return r
	}
	expression := func(text string) *route.HeaderMatcher {
		return &route.HeaderMatcher{Name: "user", HeaderMatchSpecifier: &route.HeaderMatcher_StringMatch{StringMatch: &matcher.StringMatcher{
			MatchPattern: &matcher.StringMatcher_SafeRegex{SafeRegex: &matcher.RegexMatcher{Regex: text}},
		}}}
	}
	routes := func(list ...*route.Route) proto.Message {
		return &route.RouteConfiguration{VirtualHosts: []*route.VirtualHost{{Name: "a", Domains: []string{"*"}, Routes: list}}}
	}
	hosts := func(names, domains [2]string) proto.Message {
		m := &route.RouteConfiguration{}
		for i := range names {
			m.VirtualHosts = append(m.VirtualHosts, &route.VirtualHost{Name: names[i], Domains: []string{domains[i]}})
		}
		return m
	}
	chains := func(ip string, ports ...uint32) proto.Message {
		m := &listener.Listener{Name: "l", Address: address(ip, 1)}
		for _, port := range ports {
			m.FilterChains = append(m.FilterChains, &listener.FilterChain{FilterChainMatch: toPort(port)})
		}
		return m
	}
	endpoints := func(ip string, weights ...uint32) proto.Message {
		locality := &endpoint.LocalityLbEndpoints{}
		for _, w := range weights {
			locality.LbEndpoints = append(locality.LbEndpoints, &endpoint.LbEndpoint{
				HostIdentifier:      &endpoint.LbEndpoint_Endpoint{Endpoint: &endpoint.Endpoint{Address: address(ip, 80)}},
				LoadBalancingWeight: wrapperspb.UInt32(w),
			})
		}
		return &endpoint.ClusterLoadAssignment{ClusterName: "c", Endpoints: []*endpoint.LocalityLbEndpoints{locality}}
	}
	for name, c := range map[string]struct {
		message proto.Message
		want    string // in the problem; empty: there is none
	}{
		"shares":                           {routes(weighted(0, 1)), ""},
		"no share":                         {routes(weighted(0, 0)), "sum to 0"},
		"as much as 32 bits hold":          {routes(weighted(math.MaxUint32-1, 1)), ""},
		"more than 32 bits hold":           {routes(weighted(math.MaxUint32, 1)), "sum to 4294967296"},
		"a header":                         {routes(header(expression("a+"))), ""},
		"an expression that is none":       {routes(header(expression("a("))), "missing closing"},
		"a name that no header has":        {routes(header(&route.HeaderMatcher{Name: "a\nb"})), "does not match regex"},
		"a route without a match":          {routes(&route.Route{}), "value is required"},
		"two hosts":                        {hosts([2]string{"a", "b"}, [2]string{"a", "b"}), ""},
		"two hosts of one name":            {hosts([2]string{"a", "a"}, [2]string{"a", "b"}), "called \"a\""},
		"two hosts of one domain":          {hosts([2]string{"a", "b"}, [2]string{"a", "a"}), "domain \"a\""},
		"two chains":                       {chains("10.0.0.1", 1, 2), ""},
		"two chains for one port":          {chains("10.0.0.1", 1, 1), "another one takes"},
		"an address of one link only":      {chains("fe80::1%eth0", 1), "no IP address"},
		"endpoints":                        {endpoints("fd00::1", 1, 2), ""},
		"a name for an address":            {endpoints("localhost", 1), "no IP address"},
		"endpoints with too large weights": {endpoints("10.0.0.1", math.MaxUint32, 1), "sum to 4294967296"},
		"a text that is not UTF-8":         {hosts([2]string{"a", "b\xff"}, [2]string{"a", "b"}), "UTF-8"},
		"a packed message that is refused": {networkListener(&route.Route{}), "value is required"},
		"a packed message":                 {networkListener(weighted(1)), ""},
	} {
		r := encode("a type", "a name", c.message)
		if (r.Problem == "") != (c.want == "") || !strings.Contains(r.Problem, c.want) {
			t.Errorf("%s: problem %q, want %q", name, r.Problem, c.want)
		}
	}
}

// networkListener holds a message in a filter.
func networkListener(m proto.Message) proto.Message {
	return &listener.Listener{Name: "l", Address: address("10.0.0.1", 1), FilterChains: []*listener.FilterChain{{Filters: []*listener.Filter{networkFilter("any", m)}}}}
}
