package xdsserver

import (
	"testing"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// narrow is a mesh and a proxy of it that knows a part.
type narrow struct {
	wire
	snapshot snapshot.Snapshot
	model    *model.Model
	builder  xds.Builder
	workload model.Key
}

func newNarrow(t *rapid.T) *narrow {
	n := &narrow{wire: wire{server: newStream(), client: newEnvoy()}}
	n.snapshot = modeltest.Random(t)
	n.model = model.Build(n.snapshot)
	if len(n.model.Workloads) > 0 {
		n.workload = rapid.SampledFrom(n.model.Workloads).Draw(t, "workload").Key
	}
	n.publish(t)
	return n
}

// publish draws a scope, which has where its routes lead.
func (n *narrow) publish(t *rapid.T) {
	scopes := model.ScopesOf(n.model, 0)
	if rapid.IntRange(0, 2).Draw(t, "scope") == 0 {
		scope := &model.Scope{Whole: rapid.Bool().Draw(t, "whole")}
		var keys []model.Key
		for _, s := range n.model.Services {
			if !scope.Whole && rapid.Bool().Draw(t, "in scope") {
				keys = append(keys, s.Key)
			}
		}
		keys = append(keys, n.model.LeadTo(keys)...)
		for _, s := range n.model.Services {
			for _, key := range keys {
				if key == s.Key {
					scope.Needs = append(scope.Needs, model.Need{Service: key})
				}
			}
		}
		scopes[n.workload] = scope
	}
	sets, directory := n.builder.BuildScoped(n.model, scopes)
	n.send(t, target{
		set: sets[n.workload], directory: directory,
		endpoints: published(n.builder.Endpoints(model.BuildEndpoints(n.snapshot, n.model))),
	})
}

// send lets the server look at a target, and watches what it says then.
func (n *narrow) send(t *rapid.T, next target) {
	n.wire.target = next
	n.server.Update(next)
	n.pumped(t)
}

// pumped takes what the server says, and holds it against the promises: nothing that exists is taken away, and a first
// call is answered when the client has all that it takes.
func (n *narrow) pumped(t *rapid.T) {
	said := n.server.Next()
	n.down = append(n.down, said...)
	d := n.wire.target.directory
	for _, r := range said {
		for _, name := range r.GetRemovedResources() {
			id := xds.ID{TypeURL: r.GetTypeUrl(), Name: name}
			if id.TypeURL == xds.ClusterType && isFirst(name) {
				t.Fatalf("the client is told that %s is not there", name)
			}
			if key, is := d.ServiceOf(id); is && d.Service(key) != nil && d.Service(key).Resources[id] != nil {
				if _, has := n.client.versions[id.TypeURL][name]; has {
					t.Fatalf("the client loses %v, which exists", id)
				}
			}
		}
		for _, item := range r.GetResources() {
			if isFirst(item.GetName()) {
				n.answered(t, item)
			}
		}
	}
}

func (n *narrow) answered(t *rapid.T, item *discovery.Resource) {
	d := n.wire.target.directory
	key, is := d.Asked(item.GetName())
	if _, again := n.client.versions[xds.ClusterType][item.GetName()]; !is || again {
		return
	}
	for _, key := range append([]model.Key{key}, d.LeadsTo(key)...) {
		part := d.Service(key)
		if part == nil {
			continue
		}
		for id, want := range part.Resources {
			if has := n.client.versions[id.TypeURL][id.Name]; has != want.Version {
				t.Fatalf("%s is answered; the client has %v in version %q, want %q", item.GetName(), id, has, want.Version)
			}
		}
	}
}

func (n *narrow) upwards(t *rapid.T) bool {
	if len(n.client.out) == 0 {
		return false
	}
	r := n.client.out[0]
	n.client.out = n.client.out[1:]
	n.meet(r)
	must(n.server.Request(r))
	n.pumped(t)
	return true
}

// Whatever happens to the mesh, the scope and the stream: a client loses no Service that exists, a first call is answered
// in the end, and not before the client has acknowledged all that the call takes.
func TestFirstCalls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := newNarrow(t)
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) {
				if n.client.fault != nil {
					t.Fatal(n.client.fault)
				}
			},
			"scope": func(t *rapid.T) { n.publish(t) },
			"mesh": func(t *rapid.T) {
				other := modeltest.Random(t)
				n.snapshot.Services, n.snapshot.Routes = other.Services, other.Routes
				n.model = model.Build(n.snapshot)
				n.publish(t)
			},
			"call": func(t *rapid.T) {
				vip := modeltest.Address(rapid.IntRange(1, 30).Draw(t, "called"))
				n.client.call(xds.FirstName(vip))
			},
			"up":     func(t *rapid.T) { n.upwards(t) },
			"down":   func(*rapid.T) { n.receive() },
			"up 2":   func(t *rapid.T) { twice(func() bool { return n.upwards(t) }) },
			"down 2": func(*rapid.T) { twice(n.receive) },
			"reconnect": func(t *rapid.T) {
				n.server, n.down = newStream(), nil
				n.client.connect()
				n.send(t, n.wire.target)
			},
		})
		n.publish(t)
		for steps := 0; n.upwards(t) || n.receive(); steps++ {
			if steps > 10_000 {
				t.Fatal("the exchange never ends")
			}
		}
		if n.client.fault != nil {
			t.Fatal(n.client.fault)
		}
		n.checkEnd(t)
	})
}

// checkEnd wants every first call answered, and all of the target with its client.
func (n *narrow) checkEnd(t *rapid.T) {
	if n.server.target.set == nil {
		return
	}
	for name := range n.client.first {
		if _, has := n.client.versions[xds.ClusterType][name]; name != wildcard && !has {
			t.Fatalf("%s is never answered", name)
		}
	}
	want, got := map[xds.ID]string{}, map[xds.ID]string{}
	for id := range n.server.target.all() {
		if id.TypeURL == xds.RouteType || id.TypeURL == xds.FilterType {
			continue // asked for one by one
		}
		want[id] = n.server.target.resource(id).Version
		got[id] = n.client.versions[id.TypeURL][id.Name]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("the client does not hold its target (-want +got):\n%s", diff)
	}
}
