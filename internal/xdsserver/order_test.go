package xdsserver

import (
	"fmt"
	"maps"
	"testing"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// wire joins a stream and a model client by two queues.
type wire struct {
	server *stream
	client *envoy
	down   []*discovery.DeltaDiscoveryResponse
	target target
}

func (w *wire) pump() { w.down = append(w.down, w.server.Next()...) }

func (w *wire) aim(t target) {
	w.target = t
	w.server.Update(t)
	w.pump()
}

func (w *wire) up() bool {
	if len(w.client.out) == 0 {
		return false
	}
	r := w.client.out[0]
	w.client.out = w.client.out[1:]
	w.meet(r)
	must(w.server.Request(r))
	w.pump()
	return true
}

// meet notes of which clusters and endpoints that a client brings along the server does not know what the client has.
func (w *wire) meet(r *discovery.DeltaDiscoveryRequest) {
	k := w.server.kind(r.GetTypeUrl())
	if k.asked || k != w.server.clusters && k != w.server.endpoints {
		return
	}
	foreign := w.client.foreign
	if k == w.server.endpoints {
		foreign = w.client.strange
	}
	for name, version := range r.GetInitialResourceVersions() {
		if has := k.lookup(name); has == nil || has.Version != version {
			foreign[name] = true
		}
	}
}

func (w *wire) receive() bool {
	if len(w.down) == 0 {
		return false
	}
	r := w.down[0]
	w.down = w.down[1:]
	w.client.take(r)
	return true
}

func (w *wire) reconnect() {
	w.server, w.down = newStream(), nil
	w.client.connect()
	w.server.Update(w.target)
}

// drain lets all that is open happen. It is false if that never ends.
func (w *wire) drain() bool {
	for range 10_000 {
		if !w.up() && !w.receive() {
			return true
		}
	}
	return false
}

var (
	clusterNames = []string{"c1", "c2", "c11", "c3"}
	routeNames   = []string{"r1", "r2"}
	filterNames  = []string{"f1", "f2"}
)

func drawPlan(t *rapid.T, faults bool) plan {
	p := plan{clusters: map[string]int{}, routes: map[string][]string{}, listeners: map[string][]string{}, filters: map[string]int{}, bad: map[string]bool{}}
	some := func(names []string, label string) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, len(names), rapid.ID[string]).Draw(t, label)
	}
	spoil := func(what string) {
		if faults && rapid.IntRange(0, 5).Draw(t, "bad "+what) == 0 {
			p.bad[what] = true
		}
	}
	clusters := some(clusterNames, "clusters")
	for _, c := range clusters {
		p.clusters[c] = rapid.IntRange(0, 2).Draw(t, "variant")
		spoil("cluster " + c)
	}
	routes, filters := some(routeNames, "routes"), some(filterNames, "filters")
	for _, r := range routes {
		p.routes[r] = nil
		if len(clusters) > 0 {
			p.routes[r] = some(clusters, "named")
		}
		spoil("route " + r)
	}
	for _, f := range filters {
		p.filters[f] = rapid.IntRange(1, 2).Draw(t, "variant")
	}
	for _, l := range some([]string{"l1", "l2"}, "listeners") {
		p.listeners[l] = nil
		if uses := append(append([]string{}, routes...), filters...); len(uses) > 0 {
			p.listeners[l] = some(uses, "uses")
		}
		spoil("listener " + l)
	}
	return p
}

// drawEndpoints has endpoints for every cluster of a set, and of accounts that it knows, as in every real world.
func drawEndpoints(t *rapid.T, set *xds.Set) *endpoints {
	out := map[string]*xds.Resource{}
	for _, c := range clusterNames {
		r := endpointsOf(c, rapid.IntRange(0, 3).Draw(t, "endpoints"))
		if !knowsAll(set.Resource(xds.ID{TypeURL: xds.ClusterType, Name: c}), r) {
			r = endpointsOf(c, 0)
		}
		out[c] = r
	}
	return published(out)
}

// drawFinal is without faults, and has an object for each resource.
func drawFinal(t *rapid.T) target {
	p := drawPlan(t, false)
	p.stamps = map[model.Stamp][]xds.ID{}
	for id := range p.set().All() {
		p.stamps[model.Stamp{UID: id.TypeURL + id.Name, Version: "1"}] = []xds.ID{id}
	}
	set := p.set()
	return target{set: set, endpoints: drawEndpoints(t, set)}
}

// Whatever the order of targets, deliveries and reconnections, no route in force names a cluster that is not there; and
// when nothing bad is left to send, the client ends with exactly the target.
func TestMakeBeforeBreak(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		faults := rapid.Bool().Draw(t, "faults")
		w := &wire{server: newStream(), client: newEnvoy()}
		w.client.unnamed = rapid.Bool().Draw(t, "unnamed")
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) {
				if w.client.fault != nil {
					t.Fatal(w.client.fault)
				}
			},
			"target": func(t *rapid.T) {
				set := drawPlan(t, faults).set()
				w.aim(target{set: set, endpoints: drawEndpoints(t, set)})
			},
			"endpoints": func(t *rapid.T) {
				if w.target.set != nil {
					w.aim(target{set: w.target.set, endpoints: drawEndpoints(t, w.target.set)})
				}
			},
			"up":        func(*rapid.T) { w.up() },
			"down":      func(*rapid.T) { w.receive() },
			"up 2":      func(*rapid.T) { twice(w.up) },
			"down 2":    func(*rapid.T) { twice(w.receive) },
			"reconnect": func(*rapid.T) { w.reconnect() },
			"drain": func(t *rapid.T) {
				if !w.drain() {
					t.Fatal("the exchange never ends")
				}
			},
		})
		w.aim(drawFinal(t))
		if !w.drain() {
			t.Fatal("the exchange never ends")
		}
		if w.client.fault != nil {
			t.Fatal(w.client.fault)
		}
		checkEnd(t, w)
	})
}

var publications int

// published are endpoints as Publish hands them to streams.
func published(resources map[string]*xds.Resource) *endpoints {
	publications++
	return &endpoints{resources: resources, serial: publications}
}

// appliedOf lists all that a report says was applied.
func appliedOf(r ack.Report) map[string]string {
	out := map[string]string{}
	for _, latest := range r.Latest {
		for uid := range latest {
			if version, is := r.Applied(uid); is {
				out[uid] = version
			}
		}
	}
	return out
}

// checkEnd compares what the client holds with the target, and the report with both.
func checkEnd(t *rapid.T, w *wire) {
	want := map[string]map[string]string{}
	for url := range w.client.versions {
		want[url] = map[string]string{}
	}
	applied, all := map[string]string{}, true
	for id, r := range w.target.set.All() {
		if (id.TypeURL == xds.RouteType || id.TypeURL == xds.FilterType) && !w.client.wants[id.TypeURL][id.Name] {
			all = false
			continue
		}
		want[id.TypeURL][id.Name] = r.Version
		applied[id.TypeURL+id.Name] = "1"
	}
	for name := range w.client.wants[xds.EndpointType] {
		if r := w.target.endpoints.lookup(name); r != nil {
			want[xds.EndpointType][name] = r.Version
		}
	}
	if diff := cmp.Diff(want, w.client.versions); diff != "" {
		t.Fatalf("the client does not hold the target (-want +got):\n%s", diff)
	}
	report := w.server.Report()
	got := appliedOf(report)
	for id := range w.target.set.All() {
		if _, held := want[id.TypeURL][id.Name]; !held {
			delete(got, id.TypeURL+id.Name) // it was applied before its listener let it go, or never
		}
	}
	if !maps.Equal(got, applied) || len(report.Rejected) > 0 || report.UpToDate != all {
		t.Fatalf("report %+v, want applied %v, up to date %v", report, applied, all)
	}
}

// The model client does notice a server that takes no care: the promise can fail.
func TestModelClientNoticesBreak(t *testing.T) {
	e := newEnvoy()
	add := func(r *xds.Resource) {
		e.take(&discovery.DeltaDiscoveryResponse{TypeUrl: r.TypeURL, Resources: []*discovery.Resource{{Name: r.Name, Version: r.Version, Resource: r.Body}}})
	}
	add(clusterOf("c1", 1, false))
	add(listenerOf("l1", []string{"r1"}, false))
	add(routeOf("r1", []string{"c1"}, false))
	if e.fault != nil {
		t.Fatal("fault in the right order:", e.fault)
	}
	e.take(&discovery.DeltaDiscoveryResponse{TypeUrl: xds.ClusterType, RemovedResources: []string{"c1"}})
	if e.fault == nil {
		t.Fatal("no fault when a cluster in use is removed")
	}
	e.fault = nil
	add(routeOf("r1", []string{"c9"}, false))
	if e.fault == nil {
		t.Fatal("no fault when a route comes before its cluster", fmt.Sprint(e.routes))
	}
}

// twice goes on only if there was something to do.
func twice(step func() bool) {
	if step() {
		step()
	}
}
