package xdsserver

import (
	"testing"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/google/go-cmp/cmp"
	rpc "google.golang.org/genproto/googleapis/rpc/status"

	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// A new proxy of a large mesh gets its endpoints and routes in few round trips, and never more than a window at a time.
func TestManyResourcesTakeFewRoundTrips(t *testing.T) {
	const n, most = 320, 30
	p, w := town(n)
	st := newStream()
	st.Update(w.target())
	say, hear := direct(st, w.target())
	if trips := follow(p, say, hear); trips > most {
		t.Errorf("%d round trips for %d services", trips, n)
	}
	if report := st.Report(); !report.UpToDate || len(appliedOf(report)) != n {
		t.Errorf("%d of %d objects are applied, up to date: %v", len(appliedOf(report)), n, report.UpToDate)
	}
	if st.endpoints.burst != 0 || st.routes.burst != 0 {
		t.Error("the memory of the burst is kept")
	}
}

func TestSilentClientHasOneWindowUnderWay(t *testing.T) {
	p, w := town(3 * window)
	st := newStream()
	st.Update(w.target())
	sent := 0
	count := func(responses []*discovery.DeltaDiscoveryResponse) {
		for _, r := range responses {
			sent += len(r.GetResources())
		}
	}
	must(st.Request(subscription(xds.EndpointType, sortedKeys(p.clusters)...)))
	count(st.Next())
	for variant := 2; variant < 5; variant++ {
		st.Update(target{set: w.Sets[cart], endpoints: published(endpointsFor(variant, sortedKeys(p.clusters)...))})
		count(st.Next())
	}
	if sent != window || len(st.endpoints.busy) != window {
		t.Errorf("%d endpoints were sent to a client that answers none, want %d", sent, window)
	}
}

// What changes while it is under way goes out again, once, after the answer.
func TestChangeUnderWay(t *testing.T) {
	st := newStream()
	set := shop("c1").set()
	st.Update(target{set: set, endpoints: published(endpointsFor(1, "c1"))})
	expect(t, says(t, st, subscription(xds.EndpointType, "c1")), "1 "+xds.EndpointType+"[+c1]")
	for variant := 2; variant < 5; variant++ {
		st.Update(target{set: set, endpoints: published(endpointsFor(variant, "c1"))})
		expect(t, briefs(st.Next()))
	}
	expect(t, says(t, st, subscription(xds.EndpointType, "c1"))) // asked for again: owed
	expect(t, says(t, st, ackOf(xds.EndpointType, "1")), "2 "+xds.EndpointType+"[+c1]")
	if got, want := st.endpoints.sent["2"].resources["c1"].Version, endpointsOf("c1", 4).Version; got != want {
		t.Errorf("sent %s, want the newest, %s", got, want)
	}
	expect(t, says(t, st, ackOf(xds.EndpointType, "2")))
}

// A report that was given out stays as it is while the client goes on.
func TestReportDoesNotChange(t *testing.T) {
	p, w := town(3)
	st := newStream()
	st.Update(w.target())
	say, hear := direct(st, w.target())
	var given []ack.Report
	var copies []map[string]string
	var waiting []*discovery.DeltaDiscoveryResponse
	follow(p, say, func() []*discovery.DeltaDiscoveryResponse {
		report := st.Report()
		given, copies = append(given, report), append(copies, appliedOf(report))
		waiting = append(waiting, hear()...)
		if len(waiting) == 0 {
			return nil
		}
		next := waiting[:1]
		waiting = waiting[1:]
		return next
	})
	for i, report := range given {
		if diff := cmp.Diff(copies[i], appliedOf(report)); diff != "" {
			t.Error(diff)
		}
	}
	if last := copies[len(copies)-1]; len(last) != 3 {
		t.Errorf("at the end %v are applied, want all three", last)
	}
}

// What a client lacks goes together; a change of what it has goes alone. When one of many is refused without a name, each
// goes alone, so that the good ones arrive.
func TestLackingTogetherChangesAlone(t *testing.T) {
	st := newStream()
	p := shop("c1")
	p.routes = map[string][]string{"a": {"c1"}, "b": {"c1"}, "c": {"c1"}}
	p.listeners = map[string][]string{"l": {"a", "b", "c"}}
	st.Update(target{set: p.set(), endpoints: published(endpointsFor(1, "c1"))})
	refusal := func(nonce string) *discovery.DeltaDiscoveryRequest {
		r := ackOf(xds.RouteType, nonce)
		r.ErrorDetail = &rpc.Status{Message: "missing ): ("}
		return r
	}
	for _, r := range []*discovery.DeltaDiscoveryRequest{
		subscription(xds.ClusterType), ackOf(xds.ClusterType, "1"), subscription(xds.EndpointType, "c1"), ackOf(xds.EndpointType, "2"),
		subscription(xds.ListenerType), ackOf(xds.ListenerType, "3"),
	} {
		says(t, st, r)
	}
	expect(t, says(t, st, subscription(xds.RouteType, "a", "b", "c")), "4 "+xds.RouteType+"[+a +b +c]")
	expect(t, says(t, st, refusal("4")), "5 "+xds.RouteType+"[+a]", "6 "+xds.RouteType+"[+b]", "7 "+xds.RouteType+"[+c]")
	expect(t, says(t, st, ackOf(xds.RouteType, "5")))
	expect(t, says(t, st, refusal("6")))
	expect(t, says(t, st, ackOf(xds.RouteType, "7")))

	p.routes = map[string][]string{"a": {}, "b": {}, "c": {}}
	st.Update(target{set: p.set(), endpoints: st.target.endpoints})
	expect(t, briefs(st.Next()), "8 "+xds.RouteType+"[+a]", "9 "+xds.RouteType+"[+c]", "10 "+xds.RouteType+"[+b]")
}
