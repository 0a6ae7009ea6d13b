package xdsserver

import (
	"testing"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

func TestWildcard(t *testing.T) {
	for _, o := range []outline{
		{"a star is all", clustersAndListeners, func(s *scene) {
			s.subscribe("*")
			s.hears(s.all()...)
			s.change("new")
			s.hears("new")
			s.silent()
		}},
		{"a name beside the star changes nothing, and stays when the star goes", clustersAndListeners, func(s *scene) {
			s.subscribe("*", "a")
			s.hears(s.all()...)
			s.unsubscribe("*")
			s.change("b")
			s.silent()
			s.change("a")
			s.hears("a")
			s.silent()
		}},
		{"the star comes later", clustersAndListeners, func(s *scene) {
			s.subscribe("a")
			s.hears("a")
			s.subscribe("*")
			s.hears("b", "c", "d", map[string]string{xds.ClusterType: probe, xds.ListenerType: front}[s.url])
			s.silent()
		}},
		{"a star is a name like others, which does not exist", routesAndEndpoints, func(s *scene) {
			s.subscribe("*")
			s.silent()
			s.subscribe("a")
			s.hears("a")
			s.silent()
		}},
	} {
		t.Run(o.name, func(t *testing.T) {
			for _, url := range o.types {
				t.Run(short(url), func(t *testing.T) {
					eachVariant(t, func(t *testing.T, connect func(*testing.T, *site, string) voice) {
						o.plot(newScene(t, url, connect, "a", "b", "c", "d"))
					})
				})
			}
		})
	}
}

// A list that names nothing is all resources only until it has named one. In the state of the world a name takes the place
// of all, while in delta it is added.
func TestNameAfterNone(t *testing.T) {
	s := newScene(t, xds.ClusterType, newWholeVoice, "a", "b")
	s.subscribe()
	s.hears("a", "b", probe)
	delete(s.names, wildcard)
	s.subscribe("a")
	s.hears("a")
	s.change("b")
	s.silent()
	s.unsubscribe("a")
	s.change("a")
	s.silent()

	d := newScene(t, xds.ClusterType, newDeltaVoice, "a", "b")
	d.subscribe()
	d.hears("a", "b", probe)
	d.subscribe("a")
	d.hears("a")
	d.change("b")
	d.hears("b")
}

// After a break a delta client says what it has, resource by resource, and gets the rest. Of the state of the world the
// client names one version, which is not believed: it gets all.
func TestReconnect(t *testing.T) {
	for _, url := range fourTypes {
		t.Run(short(url), func(t *testing.T) {
			s := newScene(t, url, newDeltaVoice, "a", "b", "c")
			s.join(newDeltaVoice)
			claimed := map[string]string{"a": versionOf([]byte(s.body("a"))), "b": "old", "gone": "old"}
			s.names = map[string]bool{"a": true, "b": true, "gone": true}
			s.voice.(deltaVoice).send(&discovery.DeltaDiscoveryRequest{
				TypeUrl: url, ResourceNamesSubscribe: []string{"a", "b", "gone"}, InitialResourceVersions: claimed,
			})
			s.hears("b", "gone")
			s.silent()

			w := newScene(t, url, newWholeVoice, "a", "b")
			w.subscribe("a", "b")
			w.hears("a", "b")
			last := w.voice.(*wholeVoice).last[url]
			w.join(newWholeVoice)
			w.voice.(*wholeVoice).last[url] = heard{version: last.version}
			w.subscribe("a", "b")
			w.hears("a", "b")
			if again := w.voice.(*wholeVoice).last[url]; again.version != last.version {
				t.Errorf("version %s, and %s of the same", last.version, again.version)
			}
			w.silent()
		})
	}
}

// An answer to an older response than the last changes nothing: the client repeats it with the nonce of the last.
func TestStaleRequest(t *testing.T) {
	s := newScene(t, xds.ClusterType, newWholeVoice, "a", "b")
	v := s.voice.(*wholeVoice)
	s.subscribe("a")
	s.hears("a")
	old := v.last[xds.ClusterType].nonce
	s.change("a")
	changed := s.hear()
	v.names[xds.ClusterType]["b"] = true
	v.say(xds.ClusterType, old, "")
	s.silent()
	if got := s.Reports()[0].Report; len(got.Rejected) > 0 {
		t.Error("a stale answer is taken as a refusal")
	}
	s.names["b"] = true
	s.answer(changed, "")
	s.hears("b")
	s.silent()
}

// What is refused is reported with its reason, and stays in its old version in the next response.
func TestWholeRefusal(t *testing.T) {
	s := newSite(t)
	p := plan{clusters: map[string]int{"c1": 1, "c2": 1}, stamps: map[model.Stamp][]xds.ID{
		{UID: "u1", Version: "5"}: {{TypeURL: xds.ClusterType, Name: "c1"}},
		{UID: "u2", Version: "7"}: {{TypeURL: xds.ClusterType, Name: "c2"}},
	}}
	s.publish(p, 1)
	v := newWholeVoice(t, s, "a")
	v.ask(xds.ClusterType, nil, nil)
	v.answer(v.hear(), "")
	s.await(t, "both are applied", func(r []ProxyReport) bool {
		return cmp.Equal(appliedOf(r[0].Report), map[string]string{"u1": "5", "u2": "7"})
	})

	p.clusters = map[string]int{"c1": 2, "c2": 2, "c3": 1}
	p.stamps[model.Stamp{UID: "u3", Version: "9"}] = []xds.ID{{TypeURL: xds.ClusterType, Name: "c3"}}
	s.publish(p, 1)
	v.answer(v.hear(), "Error adding/updating cluster(s) c2: no such thing")
	h := v.hear()
	want := map[string]string{}
	for name, variant := range map[string]int{"c1": 2, "c2": 1, "c3": 1} {
		want[name] = string(clusterOf(name, variant, false).Body.GetValue())
	}
	if diff := cmp.Diff(want, h.got); diff != "" {
		t.Fatalf("after the refusal (-want +got):\n%s", diff)
	}
	v.answer(h, "")
	rejected := map[string]ack.Refusal{"u2": {Version: "7", Reason: "Error adding/updating cluster(s) c2: no such thing"}}
	s.await(t, "the refusal", func(r []ProxyReport) bool {
		return cmp.Equal(r[0].Report.Rejected, rejected) && !r[0].Report.UpToDate && appliedOf(r[0].Report)["u3"] == "9"
	})

	p.clusters["c2"] = 3
	s.publish(p, 1)
	v.answer(v.hear(), "")
	s.await(t, "it is applied", func(r []ProxyReport) bool {
		return len(r[0].Report.Rejected) == 0 && appliedOf(r[0].Report)["u2"] == "7"
	})
}

// The order of the phases is the same as in delta: a cluster comes, then the route that names it, and the old one goes.
func TestWholeClientMovesRouteBetweenClusters(t *testing.T) {
	s := newSite(t)
	s.publish(shop("c1"), 1)
	v := newWholeVoice(t, s, "a")
	hears := func(url string, names ...string) heard {
		t.Helper()
		h := v.hear()
		if diff := cmp.Diff(names, sortedKeys(h.got)); diff != "" || h.url != url {
			t.Fatalf("got %+v, want %s %v", h, url, names)
		}
		return h
	}
	v.ask(xds.ListenerType, nil, nil)
	v.ask(xds.ClusterType, nil, nil)
	clusters := hears(xds.ClusterType, "c1")
	v.ask(xds.EndpointType, []string{"c1"}, nil)
	v.answer(hears(xds.EndpointType, "c1"), "")
	v.answer(clusters, "")
	v.answer(hears(xds.ListenerType, "l1"), "")
	v.ask(xds.FilterType, []string{"f1"}, nil)
	v.answer(hears(xds.FilterType, "f1"), "")
	v.ask(xds.RouteType, []string{"r1"}, nil)
	v.answer(hears(xds.RouteType, "r1"), "")
	s.await(t, "up to date", upToDate)

	s.publish(shop("c2"), 1)
	clusters = hears(xds.ClusterType, "c1", "c2")
	v.ask(xds.EndpointType, []string{"c2"}, nil)
	v.answer(hears(xds.EndpointType, "c2"), "")
	v.answer(clusters, "")
	v.answer(hears(xds.RouteType, "r1"), "")
	clusters = hears(xds.ClusterType, "c2")
	v.ask(xds.EndpointType, nil, []string{"c1"})
	v.answer(clusters, "")
	s.await(t, "up to date", upToDate)
}

// A cluster that is there waits for its endpoints, so the client hears that there are none. Of another name it hears nothing.
func TestWaitingClusterHearsThatThereAreNoEndpoints(t *testing.T) {
	s := newSite(t)
	set := plan{clusters: map[string]int{"c1": 1}}.set()
	s.Publish(World{Sets: map[model.Key]*xds.Set{cart: set}})
	v := newWholeVoice(t, s, "a")
	v.ask(xds.ClusterType, nil, nil)
	clusters := v.hear()
	v.ask(xds.EndpointType, []string{"c1", "c2"}, nil)
	h := v.hear()
	if diff := cmp.Diff([]string{"c1"}, sortedKeys(h.got)); diff != "" || h.url != xds.EndpointType {
		t.Fatalf("got %+v", h)
	}
	v.answer(h, "")
	v.answer(clusters, "")
	s.await(t, "up to date", upToDate)
	s.Publish(World{Sets: map[model.Key]*xds.Set{cart: set}, Endpoints: endpointsFor(2, "c1")})
	if h, want := v.hear(), string(endpointsOf("c1", 2).Body.GetValue()); h.got["c1"] != want {
		t.Fatalf("got %+v, want the endpoints", h)
	}
}
