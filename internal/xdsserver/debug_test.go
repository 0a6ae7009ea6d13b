package xdsserver

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

var edge = model.Key{Namespace: "shop", Name: "edge"}

// ingress is what a proxy gets that has no filter, and a cluster and a listener of its own kind.
func ingress(variant int) plan {
	return plan{clusters: map[string]int{"origin": variant}, listeners: map[string][]string{"public": nil}}
}

func (s *site) publishBoth(p, q plan) (setOfCart, setOfEdge *xds.Set) {
	setOfCart, setOfEdge = p.set(), q.set()
	s.Publish(World{Sets: map[model.Key]*xds.Set{cart: setOfCart, edge: setOfEdge}, Endpoints: endpointsFor(1, "c1", "origin")})
	return setOfCart, setOfEdge
}

// connections leaves out what differs from run to run.
func (s *site) connections(t *testing.T) []Connection {
	t.Helper()
	all, err := s.Connections(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		if age := time.Since(all[i].Connected); age < 0 || age > time.Hour {
			t.Errorf("%s is connected since %s", all[i].Pod, all[i].Connected)
		}
	}
	return all
}

func (s *site) shows(t *testing.T, want ...Connection) {
	t.Helper()
	if diff := cmp.Diff(want, s.connections(t), cmpopts.IgnoreFields(Connection{}, "Connected", "SentBytes")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Proxies of two kinds are connected. Each gets only its own, and of each one can read what it has acknowledged, what it
// lacks and what it refuses [B35].
func TestConnectionsOfMixedKinds(t *testing.T) {
	s := newSite(t)
	ofCart, ofEdge := s.publishBoth(shop("c1"), ingress(1))
	a, b, e := s.dial(t, "a"), s.dial(t, "b"), s.dial(t, "e", "edge")
	for _, c := range []*client{a, b} {
		start(c) // takes c1 and what belongs to it, and nothing else
	}
	e.subscribe(xds.ClusterType)
	clusters := e.next(xds.ClusterType, "+origin")
	e.subscribe(xds.EndpointType, "origin")
	e.take(xds.EndpointType, "+origin")
	e.ack(clusters)
	e.subscribe(xds.ListenerType)
	e.take(xds.ListenerType, "+public")
	s.await(t, "all three are up to date", func(all []ProxyReport) bool {
		return len(all) == 3 && !slices.ContainsFunc(all, func(r ProxyReport) bool { return !r.Report.UpToDate })
	})
	shown := func(pod string, workload model.Key, set *xds.Set) Connection {
		return Connection{Pod: "shop/" + pod, UID: pod, Workload: workload.String(), Version: set.Version, Acknowledged: set.Version, UpToDate: true}
	}
	inA, inB := shown("a", cart, ofCart), shown("b", cart, ofCart)
	s.shows(t, inA, inB, shown("e", edge, ofEdge))
	for _, c := range s.connections(t) {
		if c.SentBytes == 0 {
			t.Errorf("%s was sent nothing", c.Pod)
		}
	}

	// A change for one kind reaches that kind alone.
	_, next := s.publishBoth(shop("c1"), ingress(2))
	changed := e.next(xds.ClusterType, "+origin")
	endpoints := e.next(xds.EndpointType, "+origin")
	inE := shown("e", edge, next)
	inE.Acknowledged, inE.UpToDate, inE.Unanswered = ofEdge.Version, false, 2
	inE.Lacks = []ResourceName{{"Cluster", "origin"}, {"ClusterLoadAssignment", "origin"}}
	s.shows(t, inA, inB, inE)

	e.ack(endpoints)
	e.nack(changed, "origin: no such type")
	e.subscribe(xds.ClusterType, "none")
	none := e.next(xds.ClusterType, "-none") // what was said before is heard
	inE.Unanswered, inE.Lacks = 1, []ResourceName{{"Cluster", "none"}, {"Cluster", "origin"}}
	inE.Refuses = []RefusedResource{{ResourceName{"Cluster", "origin"}, clusterOf("origin", 2, false).Version, "origin: no such type"}}
	s.shows(t, inA, inB, inE)
	e.ack(none)

	e.leave()
	s.await(t, "one has left", func(all []ProxyReport) bool { return len(all) == 2 })
	s.shows(t, inA, inB)
	a.quiet()
	b.quiet()
}

func TestConnectionsDoNotWaitForEver(t *testing.T) {
	s := newSite(t)
	stuck := s.connect(Proxy{UID: "stuck"}) // nobody runs its stream
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Connections(ctx); err == nil {
		t.Error("no error, though a stream does not answer")
	}
	s.disconnect(stuck)
	if all, err := s.Connections(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%v, %v; want nothing", all, err)
	}
}

func TestConnectionAsJSON(t *testing.T) {
	text, err := json.Marshal(Connection{
		Pod: "shop/a", Version: "2", Lacks: []ResourceName{{"Cluster", "c1"}},
		Refuses: []RefusedResource{{ResourceName{"Cluster", "c1"}, "v", "no"}},
	})
	want := `{"pod":"shop/a","uid":"","workload":"","connectedSince":"0001-01-01T00:00:00Z","version":"2","upToDate":false,` +
		`"lacks":[{"type":"Cluster","name":"c1"}],"refuses":[{"type":"Cluster","name":"c1","version":"v","reason":"no"}],` +
		`"queued":0,"unanswered":0,"sentBytes":0}`
	if err != nil || string(text) != want {
		t.Errorf("%s, %v", text, err)
	}
}
