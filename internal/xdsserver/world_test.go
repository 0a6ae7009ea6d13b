package xdsserver

import (
	"fmt"
	"maps"
	"time"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// plan is a set in short: what names what. Two plans with the same text give the same versions.
type plan struct {
	clusters  map[string]int      // name -> variant
	routes    map[string][]string // name -> clusters
	listeners map[string][]string // name -> routes and filters
	filters   map[string]int
	bad       map[string]bool // "TYPE NAME" of resources that the model client refuses
	stamps    map[model.Stamp][]xds.ID
}

func resource(url, name string, m proto.Message) *xds.Resource {
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		panic(err)
	}
	return &xds.Resource{TypeURL: url, Name: name, Version: versionOf(body), Body: &anypb.Any{TypeUrl: url, Value: body}}
}

// versionOf is not a hash, so that a failure shows what was sent.
func versionOf(body []byte) string { return fmt.Sprintf("%x", body) }

// clusterOf has accounts that follow from the variant: a, and b too in an odd one.
func clusterOf(name string, variant int, bad bool) *xds.Resource {
	r := resource(xds.ClusterType, name, &cluster.Cluster{
		Name: name, AltStatName: mark(bad), ConnectTimeout: durationpb.New(time.Duration(variant) * time.Second),
	})
	r.Accounts = accountsOf(variant)
	return r
}

func accountsOf(variant int) []string { return []string{"a", "b"}[:1+variant%2] }

func routeOf(name string, clusters []string, bad bool) *xds.Resource {
	host := &route.VirtualHost{Name: mark(bad)}
	for _, c := range clusters {
		to := &route.RouteAction{ClusterSpecifier: &route.RouteAction_Cluster{Cluster: c}}
		host.Routes = append(host.Routes, &route.Route{Action: &route.Route_Route{Route: to}})
	}
	return resource(xds.RouteType, name, &route.RouteConfiguration{Name: name, VirtualHosts: []*route.VirtualHost{host}})
}

func listenerOf(name string, uses []string, bad bool) *xds.Resource {
	l := &listener.Listener{Name: name, StatPrefix: mark(bad)}
	for _, use := range uses {
		l.FilterChains = append(l.FilterChains, &listener.FilterChain{Name: use})
	}
	return resource(xds.ListenerType, name, l)
}

func filterOf(name string, variant int) *xds.Resource {
	return resource(xds.FilterType, name, &core.TypedExtensionConfig{
		Name: name, TypedConfig: &anypb.Any{TypeUrl: "test", Value: []byte{byte(variant)}},
	})
}

// endpointsOf has pods of accounts that follow from the variant, as those of clusters do.
func endpointsOf(name string, variant int) *xds.Resource {
	r := resource(xds.EndpointType, name, &endpoint.ClusterLoadAssignment{
		ClusterName: name, Policy: &endpoint.ClusterLoadAssignment_Policy{EndpointStaleAfter: durationpb.New(time.Duration(variant))},
	})
	r.Accounts = accountsOf(variant)
	return r
}

func mark(bad bool) string {
	if bad {
		return "bad"
	}
	return ""
}

func (p plan) set() *xds.Set {
	resources, stamps := map[xds.ID]*xds.Resource{}, maps.Clone(p.stamps)
	put := func(r *xds.Resource) { resources[xds.ID{TypeURL: r.TypeURL, Name: r.Name}] = r }
	for name, variant := range p.clusters {
		put(clusterOf(name, variant, p.bad["cluster "+name]))
	}
	for name, clusters := range p.routes {
		put(routeOf(name, clusters, p.bad["route "+name]))
	}
	for name, uses := range p.listeners {
		put(listenerOf(name, uses, p.bad["listener "+name]))
	}
	for name, variant := range p.filters {
		put(filterOf(name, variant))
	}
	return xds.NewSet(xds.NewPart(nil, nil), xds.NewPart(resources, stamps))
}

func endpointsFor(variant int, names ...string) map[string]*xds.Resource {
	out := map[string]*xds.Resource{}
	for _, name := range names {
		out[name] = endpointsOf(name, variant)
	}
	return out
}
