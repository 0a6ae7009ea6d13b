package xdsserver

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// shopping is a mesh with a number of Services, of which the workload svc-0000 knows its own.
func shopping(services int, scope *model.Scope) target {
	s := modeltest.World(services)
	m := model.Build(s)
	scopes := model.ScopesOf(m, services)
	scopes[m.Workloads[0].Key] = scope
	sets, directory := new(xds.Builder).BuildScoped(m, scopes)
	return target{set: sets[m.Workloads[0].Key], directory: directory, endpoints: published(xds.Endpoints(model.BuildEndpoints(s, m)))}
}

func own() *model.Scope {
	return &model.Scope{Needs: []model.Need{{Service: model.Key{Namespace: "team-00", Name: "svc-0000"}}}}
}

func TestReportsTellCalls(t *testing.T) {
	s, shop := newSite(t), shopping(3, own())
	s.Publish(World{Sets: map[model.Key]*xds.Set{cart: shop.set}, Directory: shop.directory, Endpoints: shop.endpoints.resources})
	c := s.dial(t, "u1")
	c.subscribe(xds.ClusterType)
	c.subscribe(xds.ClusterType, "first/10.96.0.3", "first/10.96.0.99")
	want := []model.Key{{Namespace: "team-00", Name: "svc-0002"}}
	s.await(t, "the call", func(reports []ProxyReport) bool {
		return len(reports) == 1 && cmp.Equal(want, reports[0].Report.Calls)
	})
}

// A client can't make the server give it any number of Services. What it asks for beyond that waits until its scope has
// grown: it is not told that the Service does not exist.
func TestMostFirstCalls(t *testing.T) {
	const most, services = 20, 40
	st, e := newStream(), newEnvoy()
	st.first.most = most
	w := &wire{server: st, client: e}
	w.aim(shopping(services, own()))
	var names []string
	for i := range services {
		names = append(names, fmt.Sprintf("first/10.96.%d.%d", i/250, i%250+1))
	}
	e.call(names...)
	answered := func() (n int) {
		for name := range e.versions[xds.ClusterType] {
			if isFirst(name) {
				n++
			}
		}
		return n
	}
	if !w.drain() || answered() != most+1 { // one of them is in its scope
		t.Fatalf("%d first calls of %d are answered, want %d", answered(), services, most+1)
	}
	w.aim(shopping(services, &model.Scope{Whole: true}))
	if !w.drain() || answered() != services {
		t.Fatalf("%d first calls of %d are answered with the whole mesh", answered(), services)
	}
}

// A client of the state of the world gets its whole mesh.
func TestStateOfTheWorldHasNoScope(t *testing.T) {
	st := newWholeStream()
	st.Update(shopping(9, own()))
	services := map[model.Key]bool{}
	for id := range st.target.all() {
		if key, is := st.target.directory.ServiceOf(id); is {
			services[key] = true
		}
	}
	if len(services) != 9 {
		t.Errorf("it gets %d Services of 9", len(services))
	}
}
