package xdsserver

import (
	"maps"
	"slices"
	"testing"
	"time"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// shop is a small set: one listener, its filter and its route to the named cluster.
func shop(cluster string) plan {
	return plan{
		clusters: map[string]int{cluster: 1}, routes: map[string][]string{"r1": {cluster}},
		listeners: map[string][]string{"l1": {"r1", "f1"}}, filters: map[string]int{"f1": 1},
	}
}

// start brings a new client up to date with shop("c1").
func start(c *client) {
	c.t.Helper()
	c.subscribe(xds.ClusterType)
	clusters := c.next(xds.ClusterType, "+c1")
	c.subscribe(xds.EndpointType, "c1")
	c.take(xds.EndpointType, "+c1")
	c.ack(clusters)
	c.subscribe(xds.ListenerType)
	c.take(xds.ListenerType, "+l1")
	c.subscribe(xds.FilterType, "f1")
	c.take(xds.FilterType, "+f1")
	c.subscribe(xds.RouteType, "r1")
	c.take(xds.RouteType, "+r1")
}

func upToDate(reports []ProxyReport) bool { return len(reports) == 1 && reports[0].Report.UpToDate }

func TestFirstConnection(t *testing.T) {
	s := newSite(t)
	s.publish(shop("c1"), 1)
	c := s.dial(t, "a")
	start(c)
	s.await(t, "up to date", upToDate)
	c.quiet()
}

func TestNobodyIsUpToDateRightAfterPublish(t *testing.T) {
	s := newSite(t)
	s.publish(shop("c1"), 1)
	c := s.dial(t, "a")
	start(c)
	s.await(t, "up to date", upToDate)
	s.publish(shop("c2"), 1)
	if upToDate(s.Reports()) {
		t.Error("up to date with a set that it has not seen")
	}
}

func TestListenersWaitForClusters(t *testing.T) {
	s := newSite(t)
	s.publish(shop("c1"), 1)
	c := s.dial(t, "a")
	c.subscribe(xds.ListenerType)
	c.subscribe(xds.ClusterType)
	clusters := c.next(xds.ClusterType, "+c1")
	c.quiet()
	c.ack(clusters)
	c.next(xds.ListenerType, "+l1")
}

func TestMovesRouteBetweenClusters(t *testing.T) {
	s := newSite(t)
	s.publish(shop("c1"), 1)
	c := s.dial(t, "a")
	start(c)
	s.publish(shop("c2"), 1)
	clusters := c.next(xds.ClusterType, "+c2")
	c.quiet()
	c.ack(clusters)
	routes := c.next(xds.RouteType, "+r1")
	c.quiet()
	c.ack(routes)
	c.take(xds.ClusterType, "-c1")
	c.take(xds.EndpointType, "-c1")
	s.await(t, "up to date", upToDate)
}

func TestChangedClusterIsFollowedByItsEndpoints(t *testing.T) {
	s := newSite(t)
	p := shop("c1")
	s.publish(p, 1)
	c := s.dial(t, "a")
	start(c)
	p.clusters = map[string]int{"c1": 2}
	s.publish(p, 1)
	clusters := c.next(xds.ClusterType, "+c1")
	c.take(xds.EndpointType, "+c1")
	c.ack(clusters)
	c.quiet()
}

func TestEndpointsOnly(t *testing.T) {
	s := newSite(t)
	s.publish(shop("c1"), 1)
	c := s.dial(t, "a")
	start(c)
	s.UpdateEndpoints(endpointsFor(2, "c1", "other"), time.Time{})
	c.take(xds.EndpointType, "+c1")
	c.quiet()
	s.UpdateEndpoints(endpointsFor(2, "c1", "other"), time.Time{})
	c.quiet()
	c.send(&discovery.DeltaDiscoveryRequest{TypeUrl: xds.EndpointType, ResourceNamesUnsubscribe: []string{"c1"}})
	c.quiet()
	s.UpdateEndpoints(endpointsFor(3, "c1"), time.Time{})
	c.quiet()
	c.subscribe(xds.EndpointType, "c1")
	c.take(xds.EndpointType, "+c1")
	s.UpdateEndpoints(endpointsFor(4, "other"), time.Time{}) // those of c1 stay
	c.quiet()
}

func TestReconnectSendsNothing(t *testing.T) {
	s := newSite(t)
	set := s.publish(shop("c1"), 1)
	claim := func(c *client, url string, names ...string) {
		versions := map[string]string{}
		for id, r := range set.All() {
			if id.TypeURL == url {
				versions[id.Name] = r.Version
			}
		}
		c.send(&discovery.DeltaDiscoveryRequest{TypeUrl: url, ResourceNamesSubscribe: names, InitialResourceVersions: versions})
	}
	c := s.dial(t, "a")
	claim(c, xds.ClusterType)
	c.send(&discovery.DeltaDiscoveryRequest{TypeUrl: xds.EndpointType, ResourceNamesSubscribe: []string{"c1"},
		InitialResourceVersions: map[string]string{"c1": endpointsOf("c1", 1).Version}})
	claim(c, xds.ListenerType)
	claim(c, xds.FilterType, "f1")
	claim(c, xds.RouteType, "r1", "r2")
	c.take(xds.RouteType, "-r2")
	c.quiet()
	s.await(t, "up to date", upToDate)
	c.leave()
	s.await(t, "no proxy", func(r []ProxyReport) bool { return len(r) == 0 })
}

func TestReconnectWithOldVersion(t *testing.T) {
	s := newSite(t)
	s.publish(shop("c1"), 1)
	c := s.dial(t, "a")
	c.send(&discovery.DeltaDiscoveryRequest{TypeUrl: xds.ClusterType, InitialResourceVersions: map[string]string{"c1": "old", "c0": "old"}})
	c.send(&discovery.DeltaDiscoveryRequest{TypeUrl: xds.EndpointType, ResourceNamesSubscribe: []string{"c1"},
		InitialResourceVersions: map[string]string{"c1": endpointsOf("c1", 1).Version}})
	clusters := c.next(xds.ClusterType, "+c1")
	c.take(xds.EndpointType, "+c1") // else the cluster would wait for endpoints that nobody asks for
	c.ack(clusters)
	c.quiet() // c0 stays while it is not known what the client's listeners use
	c.subscribe(xds.ListenerType)
	c.take(xds.ListenerType, "+l1")
	c.subscribe(xds.RouteType, "r1")
	c.take(xds.RouteType, "+r1")
	c.quiet()
	c.subscribe(xds.FilterType, "f1")
	c.take(xds.FilterType, "+f1")
	c.take(xds.ClusterType, "-c0")
}

func TestRefusal(t *testing.T) {
	s := newSite(t)
	p := shop("c1")
	p.clusters = map[string]int{"c1": 1, "c11": 1, "c2": 1}
	p.stamps = map[model.Stamp][]xds.ID{
		{UID: "u1", Version: "1"}:  {{TypeURL: xds.ClusterType, Name: "c1"}},
		{UID: "u11", Version: "5"}: {{TypeURL: xds.ClusterType, Name: "c2"}, {TypeURL: xds.ClusterType, Name: "c11"}},
	}
	s.publish(p, 1)
	c := s.dial(t, "a")
	c.subscribe(xds.ClusterType)
	c.nack(c.next(xds.ClusterType, "+c1", "+c11", "+c2"), "Error adding/updating cluster(s) c11: no such thing")
	c.take(xds.ClusterType, "+c1", "+c2")
	c.quiet()
	applied := map[string]string{"u1": "1"}
	rejected := map[string]ack.Refusal{"u11": {Version: "5", Reason: "Error adding/updating cluster(s) c11: no such thing"}}
	s.await(t, "the refusal", func(r []ProxyReport) bool {
		return cmp.Equal(appliedOf(r[0].Report), applied) && cmp.Equal(r[0].Report.Rejected, rejected) && !r[0].Report.UpToDate
	})
	p.clusters["c11"] = 2
	s.publish(p, 1)
	c.take(xds.ClusterType, "+c11")
	s.await(t, "it is applied", func(r []ProxyReport) bool {
		return appliedOf(r[0].Report)["u11"] == "5" && len(r[0].Report.Rejected) == 0
	})
}

func TestRefusalWithoutNameGoesOneByOne(t *testing.T) {
	s := newSite(t)
	s.publish(plan{clusters: map[string]int{"c1": 1, "c2": 1, "c3": 1}}, 1)
	c := s.dial(t, "a")
	c.subscribe(xds.ClusterType)
	c.nack(c.next(xds.ClusterType, "+c1", "+c2", "+c3"), "missing ): (")
	c.take(xds.ClusterType, "+c1")
	c.nack(c.next(xds.ClusterType, "+c2"), "missing ): (")
	c.take(xds.ClusterType, "+c3")
	c.quiet()
}

func TestRefusedRouteKeepsOldCluster(t *testing.T) {
	s := newSite(t)
	s.publish(shop("c1"), 1)
	c := s.dial(t, "a")
	start(c)
	s.publish(shop("c2"), 1)
	c.take(xds.ClusterType, "+c2")
	c.nack(c.next(xds.RouteType, "+r1"), "no")
	c.quiet()
	s.publish(shop("c3"), 1)
	c.take(xds.ClusterType, "+c3")
	c.take(xds.RouteType, "+r1")
	c.take(xds.ClusterType, "-c1", "-c2")
}

func TestRefusedClusterKeepsOldRoute(t *testing.T) {
	s := newSite(t)
	s.publish(shop("c1"), 1)
	c := s.dial(t, "a")
	start(c)
	s.publish(shop("c2"), 1)
	c.nack(c.next(xds.ClusterType, "+c2"), "no")
	c.quiet()
	s.publish(shop("c1"), 1)
	c.quiet()
	s.await(t, "up to date", upToDate)
}

func TestEmptySetIsAnswered(t *testing.T) {
	s := newSite(t)
	s.publish(plan{}, 1)
	c := s.dial(t, "a")
	c.subscribe(xds.ClusterType)
	c.take(xds.ClusterType)
	c.subscribe(xds.ListenerType, "*")
	c.take(xds.ListenerType)
	c.quiet()
}

func TestWorkloadWithoutSetKeepsWhatItHas(t *testing.T) {
	s := newSite(t)
	s.publish(shop("c1"), 1)
	c := s.dial(t, "a")
	start(c)
	s.Publish(World{Endpoints: endpointsFor(1, "c1")})
	c.quiet()
	s.await(t, "up to date", upToDate)
}

func TestReportsAreSortedAndOnePerPod(t *testing.T) {
	s := newSite(t)
	s.publish(plan{}, 1)
	for _, pod := range []string{"b", "a", "c", "a"} {
		c := s.dial(t, pod)
		c.subscribe(xds.ClusterType)
		c.take(xds.ClusterType)
	}
	var uids []string
	for _, r := range s.Reports() {
		uids = append(uids, r.Proxy.UID)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, uids); diff != "" {
		t.Error(diff)
	}
}
