package xdsserver

import (
	"testing"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/google/go-cmp/cmp"
	rpc "google.golang.org/genproto/googleapis/rpc/status"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// says requests something and returns what is sent next, in short.
func says(t *testing.T, st *stream, r *discovery.DeltaDiscoveryRequest) []string {
	t.Helper()
	if err := st.Request(r); err != nil {
		t.Fatal(err)
	}
	return briefs(st.Next())
}

func briefs(rs []*discovery.DeltaDiscoveryResponse) []string {
	var out []string
	for _, r := range rs {
		out = append(out, r.GetNonce()+" "+brief(r))
	}
	return out
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
}

func subscription(url string, names ...string) *discovery.DeltaDiscoveryRequest {
	return &discovery.DeltaDiscoveryRequest{TypeUrl: url, ResourceNamesSubscribe: names}
}

func ackOf(url, nonce string) *discovery.DeltaDiscoveryRequest {
	return &discovery.DeltaDiscoveryRequest{TypeUrl: url, ResponseNonce: nonce}
}

func TestListenersWaitForEndpointsOfChangedClusters(t *testing.T) {
	st := newStream()
	st.Update(target{set: shop("c1").set(), endpoints: published(endpointsFor(1, "c1"))})
	claimed := &discovery.DeltaDiscoveryRequest{TypeUrl: xds.ClusterType, InitialResourceVersions: map[string]string{"c1": "old"}}
	expect(t, says(t, st, claimed), "1 "+xds.ClusterType+"[+c1]")
	expect(t, says(t, st, &discovery.DeltaDiscoveryRequest{TypeUrl: xds.EndpointType, ResourceNamesSubscribe: []string{"c1"}}), "2 "+xds.EndpointType+"[+c1]")
	expect(t, says(t, st, &discovery.DeltaDiscoveryRequest{TypeUrl: xds.ListenerType}))
	expect(t, says(t, st, ackOf(xds.ClusterType, "1")))
	expect(t, says(t, st, ackOf(xds.EndpointType, "1"))) // an answer to something else
	expect(t, says(t, st, ackOf(xds.EndpointType, "2")), "3 "+xds.ListenerType+"[+l1]")
}

func TestDoubtfulClusterIsRemoved(t *testing.T) {
	st := newStream()
	st.Update(target{set: plan{clusters: map[string]int{"c1": 1, "c2": 1}}.set()})
	expect(t, says(t, st, &discovery.DeltaDiscoveryRequest{TypeUrl: xds.ClusterType}), "1 "+xds.ClusterType+"[+c1 +c2]")
	st.Update(target{set: plan{}.set()})
	refusal := ackOf(xds.ClusterType, "1")
	refusal.ErrorDetail = &rpc.Status{Message: "c1: no"}
	expect(t, says(t, st, refusal))
	expect(t, says(t, st, &discovery.DeltaDiscoveryRequest{TypeUrl: xds.ListenerType}), "2 "+xds.ListenerType+"[]")
	expect(t, says(t, st, ackOf(xds.ListenerType, "2")), "3 "+xds.ClusterType+"[-c2]")
}

func TestRemovalsGoFromUserToUsed(t *testing.T) {
	st := newStream()
	claim := func(url string, names ...string) *discovery.DeltaDiscoveryRequest {
		r := &discovery.DeltaDiscoveryRequest{TypeUrl: url, ResourceNamesSubscribe: names, InitialResourceVersions: map[string]string{}}
		for _, name := range []string{"l1", "r1", "f1", "c1"} {
			r.InitialResourceVersions[name] = "old"
		}
		if len(names) == 0 {
			r.InitialResourceVersions = map[string]string{map[string]string{xds.ClusterType: "c1", xds.ListenerType: "l1"}[url]: "old"}
		}
		return r
	}
	for _, r := range []*discovery.DeltaDiscoveryRequest{
		claim(xds.ClusterType), claim(xds.EndpointType, "c1"), claim(xds.ListenerType), claim(xds.RouteType, "r1"), claim(xds.FilterType, "f1"),
	} {
		expect(t, says(t, st, r))
	}
	st.Update(target{set: plan{}.set()})
	expect(t, briefs(st.Next()), "1 "+xds.ListenerType+"[-l1]")
	// A filter stays: a listener that drains still asks it for each request.
	expect(t, says(t, st, ackOf(xds.ListenerType, "1")), "2 "+xds.RouteType+"[-r1]")
	expect(t, says(t, st, ackOf(xds.RouteType, "2")), "3 "+xds.ClusterType+"[-c1]", "4 "+xds.EndpointType+"[-c1]")
}

func TestUnknownTypeIsIgnored(t *testing.T) {
	st := newStream()
	st.Update(target{set: shop("c1").set()})
	expect(t, says(t, st, &discovery.DeltaDiscoveryRequest{TypeUrl: xds.SecretType, ResourceNamesSubscribe: []string{"identity"}}))
}

// A client that takes the names of clusters from its routes lets go of them when no call uses them any more. It is not told
// before that they are gone.
func TestClientThatNamesItsClustersLetsGoOfThem(t *testing.T) {
	st := newStream()
	st.Update(target{set: shop("c1").set()})
	for _, step := range [][2]string{
		{xds.ListenerType, "l1"}, {xds.FilterType, "f1"}, {xds.RouteType, "r1"}, {xds.ClusterType, "c1"},
	} {
		sent := says(t, st, subscription(step[0], step[1]))
		expect(t, sent, sent[0][:1]+" "+step[0]+"[+"+step[1]+"]")
		expect(t, says(t, st, ackOf(step[0], sent[0][:1])))
	}
	st.Update(target{set: shop("c2").set()})
	expect(t, briefs(st.Next()), "5 "+xds.RouteType+"[+r1]")
	expect(t, says(t, st, ackOf(xds.RouteType, "5")))
	expect(t, says(t, st, subscription(xds.ClusterType, "c2")), "6 "+xds.ClusterType+"[+c2]")
	expect(t, says(t, st, ackOf(xds.ClusterType, "6")))
	if st.Report().UpToDate {
		t.Error("up to date with a cluster too many")
	}
	expect(t, says(t, st, &discovery.DeltaDiscoveryRequest{TypeUrl: xds.ClusterType, ResourceNamesUnsubscribe: []string{"c1"}}))
	if !st.Report().UpToDate {
		t.Error("not up to date when it has let the cluster go")
	}
}

// A client that may have one of two versions of a cluster may also have none. So a route that it has keeps away from the
// cluster when the next version is refused too.
func TestTwiceDoubtfulClusterMayNotBeThere(t *testing.T) {
	st := newStream()
	aim := func(variant int, to string) {
		p := shop(to)
		p.clusters["c0"], p.clusters["c2"], p.clusters["c9"] = 1, variant, variant
		st.Update(target{set: p.set()})
	}
	refuse := func(nonce, fault string) *discovery.DeltaDiscoveryRequest {
		r := ackOf(xds.ClusterType, nonce)
		r.ErrorDetail = &rpc.Status{Message: fault}
		return r
	}
	aim(1, "c0")
	expect(t, says(t, st, subscription(xds.ClusterType)), "1 "+xds.ClusterType+"[+c0 +c2 +c9]")
	expect(t, says(t, st, refuse("1", "c9: no")), "2 "+xds.ClusterType+"[+c0 +c2]")
	aim(2, "c0")
	expect(t, says(t, st, refuse("2", "c0: no")), "3 "+xds.ClusterType+"[+c2 +c9]")
	expect(t, says(t, st, refuse("3", "c9: no")), "4 "+xds.ClusterType+"[+c2]")
	expect(t, says(t, st, refuse("4", "c2: no")))
	expect(t, says(t, st, subscription(xds.ListenerType)), "5 "+xds.ListenerType+"[+l1]")
	expect(t, says(t, st, ackOf(xds.ListenerType, "5")))
	expect(t, says(t, st, subscription(xds.RouteType, "r1")), "6 "+xds.RouteType+"[+r1]")
	expect(t, says(t, st, ackOf(xds.RouteType, "6")))
	aim(2, "c2")
	expect(t, briefs(st.Next()))
}
