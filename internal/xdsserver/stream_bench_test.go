package xdsserver

import (
	"fmt"
	"maps"
	"testing"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// town is a mesh of n services: each has a cluster, a route and an object that both come from. Its one listener uses all
// routes.
func town(n int) (plan, World) {
	p := plan{clusters: map[string]int{}, routes: map[string][]string{}, listeners: map[string][]string{}, stamps: map[model.Stamp][]xds.ID{}}
	for i := range n {
		cluster, route := fmt.Sprintf("shop/service-%04d/8080", i), fmt.Sprintf("route-%04d", i)
		p.clusters[cluster], p.routes[route] = 1, []string{cluster}
		stamp := model.Stamp{UID: fmt.Sprint("uid-", i), Version: "1"}
		p.stamps[stamp] = []xds.ID{{TypeURL: xds.ClusterType, Name: cluster}, {TypeURL: xds.RouteType, Name: route}}
	}
	p.listeners["outbound"] = sortedKeys(p.routes)
	return p, World{Sets: map[model.Key]*xds.Set{cart: p.set()}, Endpoints: endpointsFor(1, sortedKeys(p.clusters)...)}
}

// follow subscribes to all that a town has and acknowledges everything at once. It returns how many times it heard.
func follow(p plan, say func(*discovery.DeltaDiscoveryRequest), hear func() []*discovery.DeltaDiscoveryResponse) (trips int) {
	say(&discovery.DeltaDiscoveryRequest{TypeUrl: xds.ClusterType})
	say(&discovery.DeltaDiscoveryRequest{TypeUrl: xds.EndpointType, ResourceNamesSubscribe: sortedKeys(p.clusters)})
	say(&discovery.DeltaDiscoveryRequest{TypeUrl: xds.ListenerType})
	say(&discovery.DeltaDiscoveryRequest{TypeUrl: xds.RouteType, ResourceNamesSubscribe: sortedKeys(p.routes)})
	for heard := hear(); len(heard) > 0; heard = hear() {
		trips++
		for _, r := range heard {
			say(ackOf(r.GetTypeUrl(), r.GetNonce()))
		}
	}
	return trips
}

// direct joins a client to a machine without a network, stepped as Serve steps it.
func direct(st *stream, t target) (say func(*discovery.DeltaDiscoveryRequest), hear func() []*discovery.DeltaDiscoveryResponse) {
	var out []*discovery.DeltaDiscoveryResponse
	say = func(r *discovery.DeltaDiscoveryRequest) {
		must(st.Request(r))
		st.Update(t)
		out = append(out, st.Next()...)
		st.standing()
	}
	hear = func() []*discovery.DeltaDiscoveryResponse {
		heard := out
		out = nil
		return heard
	}
	return say, hear
}

func (w World) target() target {
	return target{set: w.Sets[cart], endpoints: published(w.Endpoints)}
}

// The work and the round trips to bring one new proxy up to date.
func BenchmarkFirstSync(b *testing.B) {
	for _, n := range []int{100, 300, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p, w := town(n)
			t, trips := w.target(), 0
			b.ReportAllocs()
			for b.Loop() {
				st := newStream()
				st.Update(t)
				say, hear := direct(st, t)
				trips = follow(p, say, hear)
				if !st.Report().UpToDate {
					b.Fatal("not up to date")
				}
			}
			b.ReportMetric(float64(trips), "trips")
		})
	}
}

// The work per stream of endpoints that are published anew and are the same.
func BenchmarkEqualEndpoints(b *testing.B) {
	p, w := town(300)
	t := w.target()
	st := newStream()
	st.Update(t)
	say, hear := direct(st, t)
	follow(p, say, hear)
	other := published(maps.Clone(w.Endpoints))
	b.ReportAllocs()
	for b.Loop() {
		t.endpoints, other = other, t.endpoints
		st.Update(t)
		if len(st.Next()) > 0 {
			b.Fatal("pushed what was there")
		}
	}
}
