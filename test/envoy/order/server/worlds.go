package main

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	router "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/xds"
	"github.com/weft-mesh/weft/internal/xdsserver"
)

// share is the part of a cluster in the requests, in percent.
type share struct {
	cluster string
	percent uint32
}

// The two worlds have no cluster in common, as before a release and in it.
func oneVersion(entry, backend string) xdsserver.World {
	return world(entry, backend, share{"reviews", 100})
}

func twoVersions(entry, backend string) xdsserver.World {
	return world(entry, backend, share{"reviews/v1", 80}, share{"reviews/v2", 20})
}

func world(entry, backend string, shares ...share) xdsserver.World {
	endpoints := map[string]*xds.Resource{}
	resources := []*xds.Resource{
		encode(xds.ListenerType, "entry", entryAt(entry)),
		encode(xds.RouteType, "reviews", routesTo(shares)),
	}
	for _, s := range shares {
		resources = append(resources, encode(xds.ClusterType, s.cluster, clusterOf(s.cluster)))
		endpoints[s.cluster] = encode(xds.EndpointType, s.cluster, endpointsOf(s.cluster, backend))
	}
	set := &xds.Set{Shared: &xds.Part{}, Own: &xds.Part{Resources: map[xds.ID]*xds.Resource{}}}
	for _, r := range resources {
		set.Own.Resources[xds.ID{TypeURL: r.TypeURL, Name: r.Name}] = r
		set.Version += r.Version
	}
	return xdsserver.World{Sets: map[model.Key]*xds.Set{shop: set}, Endpoints: endpoints}
}

func entryAt(path string) proto.Message {
	return &listener.Listener{
		Name: "entry", Address: pipe(path),
		FilterChains: []*listener.FilterChain{{Filters: []*listener.Filter{{
			Name: "http",
			ConfigType: &listener.Filter_TypedConfig{TypedConfig: anyOf(&hcm.HttpConnectionManager{
				StatPrefix:     "entry",
				RouteSpecifier: &hcm.HttpConnectionManager_Rds{Rds: &hcm.Rds{ConfigSource: ads(), RouteConfigName: "reviews"}},
				HttpFilters: []*hcm.HttpFilter{{
					Name: "router", ConfigType: &hcm.HttpFilter_TypedConfig{TypedConfig: anyOf(&router.Router{})},
				}},
			})},
		}}}},
	}
}

func routesTo(shares []share) proto.Message {
	split := &route.WeightedCluster{}
	for _, s := range shares {
		split.Clusters = append(split.Clusters, &route.WeightedCluster_ClusterWeight{Name: s.cluster, Weight: wrapperspb.UInt32(s.percent)})
	}
	return &route.RouteConfiguration{
		Name: "reviews",
		VirtualHosts: []*route.VirtualHost{{Name: "all", Domains: []string{"*"}, Routes: []*route.Route{{
			Match:  &route.RouteMatch{PathSpecifier: &route.RouteMatch_Prefix{Prefix: "/"}},
			Action: &route.Route_Route{Route: &route.RouteAction{ClusterSpecifier: &route.RouteAction_WeightedClusters{WeightedClusters: split}}},
		}}}},
	}
}

func clusterOf(name string) proto.Message {
	return &cluster.Cluster{
		Name: name, ConnectTimeout: durationpb.New(5 * time.Second),
		ClusterDiscoveryType: &cluster.Cluster_Type{Type: cluster.Cluster_EDS},
		EdsClusterConfig:     &cluster.Cluster_EdsClusterConfig{EdsConfig: ads()},
	}
}

func endpointsOf(name, backend string) proto.Message {
	return &endpoint.ClusterLoadAssignment{ClusterName: name, Endpoints: []*endpoint.LocalityLbEndpoints{{
		LbEndpoints: []*endpoint.LbEndpoint{{HostIdentifier: &endpoint.LbEndpoint_Endpoint{
			Endpoint: &endpoint.Endpoint{Address: pipe(backend)},
		}}},
	}}}
}

func ads() *core.ConfigSource {
	return &core.ConfigSource{ResourceApiVersion: core.ApiVersion_V3, ConfigSourceSpecifier: &core.ConfigSource_Ads{Ads: &core.AggregatedConfigSource{}}}
}

func pipe(path string) *core.Address {
	return &core.Address{Address: &core.Address_Pipe{Pipe: &core.Pipe{Path: path}}}
}

func encode(url, name string, m proto.Message) *xds.Resource {
	body := anyOf(m)
	sum := sha256.Sum256(body.GetValue())
	return &xds.Resource{TypeURL: url, Name: name, Version: hex.EncodeToString(sum[:8]), Body: body}
}

func anyOf(m proto.Message) *anypb.Any {
	out, err := anypb.New(m)
	if err != nil {
		fail(err)
	}
	return out
}
