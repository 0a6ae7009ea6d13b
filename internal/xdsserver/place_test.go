package xdsserver

import (
	"testing"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// at gives the endpoints of c1 as they are, and in another version to callers at one place.
func at(place model.Place, version, near string) *endpoints {
	all := endpointsFor(1, "c1")
	far := *all["c1"]
	there := far
	far.Version, there.Version = version, near
	far.Near = map[model.Place]*xds.Resource{place: &there}
	return published(map[string]*xds.Resource{"c1": &far})
}

func TestEndpointsAreThoseOfThePlace(t *testing.T) {
	a1 := model.Place{Region: "a", Zone: "a1"}
	for place, want := range map[model.Place]string{a1: "near", {Region: "b", Zone: "b1"}: "far", {}: "far"} {
		st := newStream()
		st.place = place
		st.Update(target{set: shop("c1").set(), endpoints: at(a1, "far", "near")})
		for _, r := range st.started(t) {
			if r.TypeUrl == xds.EndpointType && r.Resources[0].Version != want {
				t.Errorf("at %+v: version %s, want %s", place, r.Resources[0].Version, want)
			}
		}
		// What has changed for others only is not sent.
		st.Update(target{set: shop("c1").set(), endpoints: at(a1, "farther", "near")})
		if sent := st.Next(); len(sent) == 0 != (want == "near") {
			t.Errorf("at %+v: sent %v", place, briefs(sent))
		}
	}
}

// started are the responses that bring the client clusters and endpoints, which it acknowledges.
func (st *stream) started(t *testing.T) (out []*discovery.DeltaDiscoveryResponse) {
	t.Helper()
	for _, r := range []*discovery.DeltaDiscoveryRequest{
		{TypeUrl: xds.ClusterType}, subscription(xds.EndpointType, "c1"),
	} {
		if err := st.Request(r); err != nil {
			t.Fatal(err)
		}
		for _, sent := range st.Next() {
			out = append(out, sent)
			if err := st.Request(ackOf(sent.TypeUrl, sent.Nonce)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(out) != 2 {
		t.Fatalf("sent %v", briefs(out))
	}
	return out
}

// Routes that tell regions apart are those of the client's own region, and count as applied in that version.
func TestRoutesAreThoseOfTheRegion(t *testing.T) {
	id := xds.ID{TypeURL: xds.RouteType, Name: "r1"}
	for place, want := range map[model.Place]string{
		{Region: "a", Zone: "a1"}: "focused", {Region: "a"}: "focused", {Region: "b", Zone: "b1"}: "others", {}: "others",
	} {
		set := shop("c1").set()
		others := *set.Resource(id)
		focused := others
		others.Version, focused.Version = "others", "focused"
		others.Near = map[model.Place]*xds.Resource{{Region: "a"}: &focused}
		set.Own.Resources[id] = &others
		st := newStream()
		st.place = place
		st.Update(target{set: set, endpoints: published(endpointsFor(1, "c1"))})
		got := map[string]string{}
		for url, names := range map[string][]string{
			xds.ClusterType: nil, xds.EndpointType: {"c1"}, xds.ListenerType: nil, xds.RouteType: {"r1"}, xds.FilterType: {"f1"},
		} {
			if err := st.Request(subscription(url, names...)); err != nil {
				t.Fatal(err)
			}
		}
		for sent := st.Next(); len(sent) > 0; sent = st.Next() {
			for _, r := range sent {
				got[r.TypeUrl] = r.Resources[0].Version
				if err := st.Request(ackOf(r.TypeUrl, r.Nonce)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if got[xds.RouteType] != want || !st.Report().UpToDate {
			t.Errorf("at %+v: version %q, want %q; up to date %v", place, got[xds.RouteType], want, st.Report().UpToDate)
		}
	}
}
