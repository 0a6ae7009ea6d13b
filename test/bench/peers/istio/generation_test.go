package main

import (
	"fmt"
	"testing"

	networking "istio.io/api/networking/v1alpha3"
	"istio.io/istio/pilot/pkg/model"
	v3 "istio.io/istio/pilot/pkg/xds/v3"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pilot/test/xdstest"
	"istio.io/istio/pkg/config"
	istiolog "istio.io/istio/pkg/log"
	"istio.io/istio/pkg/util/sets"

	"github.com/weft-mesh/weft/test/bench/peers/town"
)

func silent() {
	for _, scope := range istiolog.Scopes() {
		scope.SetOutputLevel(istiolog.NoneLevel)
	}
}

// BenchmarkEndpoint makes the endpoints of all clusters for one proxy. Istio's own benchmark of this name makes none: its
// push is not forced.
func BenchmarkEndpoint(b *testing.B) {
	silent()
	for _, grid := range []struct{ endpoints, services int }{{1, 100}, {10, 10}, {100, 10}, {1000, 1}} {
		b.Run(fmt.Sprintf("%d/%d", grid.endpoints, grid.services), func(b *testing.B) {
			s := xds.NewFakeDiscoveryServer(b, xds.FakeOptions{Configs: crowded(grid.endpoints, grid.services)})
			watched := &model.WatchedResource{ResourceNames: clusterNames(grid.services)}
			proxy := s.SetupProxy(&model.Proxy{ConfigNamespace: town.Team(0)})
			var last model.Resources
			b.ReportAllocs()
			for b.Loop() {
				s.Discovery.Cache.ClearAll()
				last = generate(b, s, proxy, v3.EndpointType, watched)
			}
			b.ReportMetric(float64(len(last)), "resources/msg")
		})
	}
}

// BenchmarkEveryWorkload makes clusters, listeners and routes for one proxy of each of the town's workloads, with Istio's
// cache as it is by default, and empty at the start.
func BenchmarkEveryWorkload(b *testing.B) {
	silent()
	const services = 100
	s := xds.NewFakeDiscoveryServer(b, xds.FakeOptions{Configs: configs(services)})
	var proxies []*model.Proxy
	for i := range services {
		proxies = append(proxies, s.SetupProxy(&model.Proxy{ConfigNamespace: town.Team(i), IPAddresses: []string{town.Address(i, 0)}}))
	}
	routes := &model.WatchedResource{ResourceNames: sets.New(xdstest.ExtractRoutesFromListeners(s.Listeners(proxies[0]))...)}
	made := 0
	b.ReportAllocs()
	for b.Loop() {
		s.Discovery.Cache.ClearAll()
		made = 0
		for _, proxy := range proxies {
			for url, watched := range map[string]*model.WatchedResource{v3.ClusterType: nil, v3.ListenerType: nil, v3.RouteType: routes} {
				made += len(generate(b, s, proxy, url, watched))
			}
		}
	}
	b.ReportMetric(float64(made), "resources/msg")
}

func generate(b *testing.B, s *xds.FakeDiscoveryServer, proxy *model.Proxy, url string, watched *model.WatchedResource) model.Resources {
	made, _, err := s.Discovery.Generators[url].Generate(proxy, watched, &model.PushRequest{Push: s.PushContext(), Forced: true})
	if err != nil {
		b.Fatal(err)
	}
	if len(made) == 0 {
		b.Fatalf("no %s", url)
	}
	return made
}

func clusterNames(services int) sets.String {
	out := sets.New[string]()
	for i := range services {
		out.Insert(fmt.Sprintf("outbound|%d||%s", town.Port, town.Host(i)))
	}
	return out
}

// crowded has so many endpoints behind each Service.
func crowded(endpoints, services int) []config.Config {
	out := configs(services)[:services]
	for i, c := range out {
		entry := c.Spec.(*networking.ServiceEntry)
		like := entry.Endpoints[0]
		entry.Endpoints = nil
		for n := range endpoints {
			e := like.DeepCopy()
			e.Address = town.FreshAddress(i*endpoints + n)
			entry.Endpoints = append(entry.Endpoints, e)
		}
	}
	return out
}
