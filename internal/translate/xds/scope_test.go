package xds_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// A narrow set is the whole one without the Services that are out of its scope, but for how it catches calls.
func TestNarrowSetHasItsScope(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := model.Build(modeltest.Random(t))
		scopes := model.ScopesOf(m, 0)
		whole := xds.Build(m)
		sets, directory := new(xds.Builder).BuildScoped(m, scopes)
		for key, set := range sets {
			scope, extra := scopes[key], map[xds.ID]bool{}
			if !scope.Whole {
				extra = map[xds.ID]bool{
					{TypeURL: xds.ListenerType, Name: "outbound"}: true, {TypeURL: xds.ListenerType, Name: "first"}: true,
					{TypeURL: xds.ClusterType, Name: xds.ScopeCluster}: true,
				}
			}
			for id, r := range set.All() {
				service, is := directory.ServiceOf(id)
				was := whole[key].Resource(id)
				switch {
				case is && !scope.Has(service):
					t.Fatalf("%s has %v, which is out of its scope %+v", key, id, scope)
				case !extra[id] && (was == nil || was.Version != r.Version):
					t.Fatalf("%s: %v is not that of the whole mesh", key, id)
				}
				valid(t, r)
			}
			for id := range whole[key].All() {
				unasked := id.TypeURL == xds.FilterType && !named(set, id.Name)
				if service, is := directory.ServiceOf(id); (!is || scope.Has(service)) && set.Resource(id) == nil && !unasked {
					t.Fatalf("%s lacks %v, which is in its scope %+v", key, id, scope)
				}
			}
			for id := range extra {
				if set.Resource(id) == nil {
					t.Fatalf("%s lacks %v", key, id)
				}
			}
		}
	})
}

// Routes of a narrow set lead to no cluster that only the whole one has.
func TestNarrowSetHasWhereItsRoutesLead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := model.Build(modeltest.Random(t))
		sets, _ := new(xds.Builder).BuildScoped(m, model.ScopesOf(m, 0))
		for key, whole := range xds.Build(m) {
			for id, routes := range sets[key].All() {
				for other := range whole.All() {
					if id.TypeURL == xds.RouteType && other.TypeURL == xds.ClusterType && routes.Names(other.Name) && sets[key].Resource(other) == nil {
						t.Fatalf("%s: %s leads to %s, which is not there", key, id.Name, other.Name)
					}
				}
			}
		}
	})
}

// Workloads with one scope share what is outbound.
func TestOneScopeIsOnePart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := model.Build(modeltest.Random(t))
		scopes := model.ScopesOf(m, 0)
		sets, _ := new(xds.Builder).BuildScoped(m, scopes)
		for a := range sets {
			for b := range sets {
				if same := scopes[a].ID() == scopes[b].ID(); same != (sets[a].Shared == sets[b].Shared) {
					t.Fatalf("%s and %s: one scope %v, one part %v", a, b, same, !same)
				}
			}
		}
	})
}

// What is fixed and what the directory has make the whole mesh, and each resource is found under its Service.
func TestDirectoryIsTheMesh(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := model.Build(modeltest.Random(t))
		d := xds.NewDirectory(m)
		for _, s := range m.Services {
			for id := range d.Service(s.Key).Resources {
				if key, is := d.ServiceOf(id); !is || key != s.Key {
					t.Fatalf("%v belongs to %s; found under %s, %v", id, s.Key, key, is)
				}
			}
			for _, vip := range s.VIPs {
				if key, is := d.Asked(xds.FirstName(vip)); !is || key != s.Key {
					t.Fatalf("%s asks for %s; found %s, %v", xds.FirstName(vip), s.Key, key, is)
				}
			}
		}
		for _, set := range xds.Build(m) {
			for id, r := range set.Shared.Resources {
				if key, is := d.ServiceOf(id); is && d.Service(key).Resources[id].Version != r.Version {
					t.Fatalf("%v is another one in the directory", id)
				}
			}
		}
	})
}

// A first call is answered when all of its Service, and all that its routes lead to, is held; not before.
func TestAnswerWaitsForAllThatACallTakes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := model.Build(modeltest.Random(t))
		if len(m.Services) == 0 {
			return
		}
		d, s := xds.NewDirectory(m), rapid.SampledFrom(m.Services).Draw(t, "called")
		name := xds.FirstName(s.VIPs[0])
		var takes []xds.ID
		for _, key := range append([]model.Key{s.Key}, m.LeadTo([]model.Key{s.Key})...) {
			if part := d.Service(key); part != nil {
				takes = slices.AppendSeq(takes, maps.Keys(part.Resources))
			}
		}
		slices.SortFunc(takes, func(a, b xds.ID) int { return strings.Compare(a.TypeURL+a.Name, b.TypeURL+b.Name) })
		lacks := rapid.SampledFrom(takes).Draw(t, "lacks")
		if got, wait := d.Answer(name, func(id xds.ID) bool { return id != lacks }); got != nil || !wait {
			t.Fatalf("without %v: %v, wait %v", lacks, got, wait)
		}
		got, wait := d.Answer(name, func(id xds.ID) bool { return slices.Contains(takes, id) })
		if got == nil || wait || got.Name != name {
			t.Fatalf("with all: %v, wait %v", got, wait)
		}
		valid(t, got)
	})
}

func TestAnswerToWhatIsNoService(t *testing.T) {
	d := xds.NewDirectory(model.Build(modeltest.World(1)))
	nothing := func(xds.ID) bool { return false }
	if got, wait := d.Answer("first/10.96.77.77", nothing); got == nil || wait {
		t.Errorf("an address without a Service: %v, wait %v, want it passed on", got, wait)
	}
	for _, name := range []string{"first/", "first/x", "first/10.96.0.1:80", "first/010.96.0.1", "shop/cart/80"} {
		if got, wait := d.Answer(name, nothing); got != nil || !wait {
			t.Errorf("%s is no address: %v, wait %v", name, got, wait)
		}
	}
}

// The configuration of a proxy is as large in a mesh of 400 Services as in one of 4000.
func TestNarrowSetDoesNotGrowWithTheMesh(t *testing.T) {
	size := func(services int) (resources, bytes int) {
		m := model.Build(modeltest.World(services))
		sets, _ := new(xds.Builder).BuildScoped(m, model.ScopesOf(m, model.DefaultScopeBudget))
		for _, r := range sets[model.Key{Namespace: "team-00", Name: "svc-0000"}].All() {
			resources, bytes = resources+1, bytes+len(r.Body.Value)
		}
		return resources, bytes
	}
	small, smallBytes := size(400)
	large, largeBytes := size(4000)
	if small != large || largeBytes > smallBytes+100 {
		t.Errorf("%d resources of %d bytes among 400 Services, %d of %d among 4000", small, smallBytes, large, largeBytes)
	}
	if whole, _ := size(300); whole <= small {
		t.Errorf("%d resources in a mesh within the budget, %d above it", whole, small)
	}
}

// When Services come and go outside of a scope, no chain of the catcher changes: open connections stay.
func TestCatcherChangesNoChain(t *testing.T) {
	chains := func(s *xds.Set) *listener.Listener {
		l := &listener.Listener{}
		if err := s.Resource(xds.ID{TypeURL: xds.ListenerType, Name: "outbound"}).Body.UnmarshalTo(l); err != nil {
			t.Fatal(err)
		}
		if l.FilterChainMatcher == nil {
			t.Fatal("the catcher has no matcher")
		}
		l.FilterChainMatcher = nil
		return l
	}
	of := func(services int) *xds.Set {
		m := model.Build(modeltest.World(services))
		sets, _ := new(xds.Builder).BuildScoped(m, model.ScopesOf(m, 0))
		return sets[model.Key{Namespace: "team-00", Name: "svc-0000"}]
	}
	a, b := of(60), of(600)
	if chains(a).String() != chains(b).String() {
		t.Error("more Services change the chains")
	}
	id := xds.ID{TypeURL: xds.ListenerType, Name: "outbound"}
	if a.Resource(id).Version == b.Resource(id).Version {
		t.Error("more Services change nothing of the catcher, so the test shows nothing")
	}
}

// The cluster of a first call sets the priority that the redirection looks for, and needs no capability for it.
func TestFirstClusterComesBack(t *testing.T) {
	d := xds.NewDirectory(model.Build(modeltest.World(1)))
	r, _ := d.Answer("first/10.96.0.1", func(xds.ID) bool { return true })
	c := &cluster.Cluster{}
	if err := r.Body.UnmarshalTo(c); err != nil {
		t.Fatal(err)
	}
	options := c.GetUpstreamBindConfig().GetSocketOptions()
	if len(options) != 1 || options[0].Level != 1 || options[0].Name != 12 || options[0].GetIntValue() != 5 {
		t.Errorf("socket options %v, want SO_PRIORITY 5", options)
	}
}
