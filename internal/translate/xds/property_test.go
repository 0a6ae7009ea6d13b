package xds_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/testing/protocmp"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/translate/xds"
	"github.com/weft-mesh/weft/internal/translate/xds/xdstest"
)

func TestSameInputsSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := modeltest.Random(t)
		a, b := model.Build(s), model.Build(modeltest.Shuffled(t, s))
		if diff := cmp.Diff(xds.Build(a), xds.Build(b), protocmp.Transform(), cmp.Comparer(equalParts), cmpopts.IgnoreUnexported(xds.Set{})); diff != "" {
			t.Fatalf("sets differ:\n%s", diff)
		}
		if diff := cmp.Diff(xds.Endpoints(model.BuildEndpoints(s, a)), xds.Endpoints(model.BuildEndpoints(s, b)), protocmp.Transform()); diff != "" {
			t.Fatalf("endpoints differ:\n%s", diff)
		}
	})
}

// Whatever a cluster holds, each resource keeps the rules of its own schema, and so does all that is packed in it.
func TestResourcesAreValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := modeltest.Random(t)
		m := model.Build(s)
		for _, r := range xds.Endpoints(model.BuildEndpoints(s, m)) {
			valid(t, r)
		}
		for _, set := range xds.Build(m) {
			for _, r := range set.All() {
				valid(t, r)
			}
		}
	})
}

func valid(t failer, r *xds.Resource) {
	t.Helper()
	if _, known := validOnes.Load(r.TypeURL + r.Version); known {
		return
	}
	if err := xdstest.Valid(r); err != nil || r.Problem != "" {
		t.Fatalf("%v; %s", err, r.Problem)
	}
	for _, near := range r.Near {
		valid(t, near)
	}
	validOnes.Store(r.TypeURL+r.Version, true)
}

// validOnes are the resources that were found valid, by type and version: most of them come again and again.
var validOnes sync.Map

// A stamp leads to resources that exist, and every object that a workload depends on has one.
func TestStampsLeadToResources(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := modeltest.Random(t)
		m := model.Build(s)
		scopes := model.ScopesOf(m, rapid.SampledFrom([]int{0, 9}).Draw(t, "budget"))
		sets, _ := new(xds.Builder).BuildScoped(m, scopes)
		for key, set := range sets {
			carried := map[string]bool{}
			for stamp, ids := range set.Stamps() {
				carried[stamp.UID] = true
				if len(ids) == 0 {
					t.Fatalf("%s: stamp %v has no resource", key, stamp)
				}
				for _, id := range ids {
					if set.Resource(id) == nil {
						t.Fatalf("%s: stamp %v leads to %v, which the set does not have", key, stamp, id)
					}
				}
			}
			for _, c := range s.Canaries {
				if uid := string(c.UID); model.Dependents(m, scopes, uid)[key] != carried[uid] {
					t.Fatalf("%s: depends on canary %s %v, carries it %v", key, uid, model.Dependents(m, scopes, uid)[key], carried[uid])
				}
			}
			for _, r := range s.Routes {
				if uid := string(r.UID); model.Dependents(m, scopes, uid)[key] != carried[uid] {
					t.Fatalf("%s: depends on route %s %v, carries it %v", key, uid, model.Dependents(m, scopes, uid)[key], carried[uid])
				}
			}
			for _, p := range s.Policies {
				if uid := string(p.UID); model.Dependents(m, scopes, uid)[key] != carried[uid] {
					t.Fatalf("%s: depends on policy %s %v, carries it %v", key, uid, model.Dependents(m, scopes, uid)[key], carried[uid])
				}
			}
		}
	})
}

// Lookup and iteration need not ask which part wins.
func TestPartsHaveNothingInCommon(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for key, set := range xds.Build(model.Build(modeltest.Random(t))) {
			for id := range set.Own.Resources {
				if set.Shared.Resources[id] != nil {
					t.Fatalf("%s: %v is in both parts", key, id)
				}
			}
			for stamp := range set.Own.Stamps {
				if _, is := set.Shared.Stamps[stamp]; is {
					t.Fatalf("%s: stamp %v is in both parts", key, stamp)
				}
			}
		}
	})
}

// What the configuration allows, read back from its bytes, is what the model allows.
func TestAccessRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := model.Build(modeltest.Random(t))
		sets := xds.Build(m)
		for _, w := range m.Workloads {
			for _, namespace := range []string{"shop", "bank", "sho"} {
				for _, account := range []string{"a", "b", "c", "aa"} {
					for _, port := range []uint16{80, 8080, 8081, 9000, 7777, 1234} {
						caller := model.Identity{Namespace: namespace, Account: account}
						compare(t, sets[w.Key], w, caller, port)
					}
				}
			}
			if allowed, err := xdstest.Allowed(sets[w.Key], "spiffe://cluster.local.evil/ns/shop/sa/a", 8080); err != nil || allowed {
				t.Fatalf("workload %s takes a caller of another trust domain: %v, %v", w.Key, allowed, err)
			}
		}
	})
}

func compare(t *rapid.T, set *xds.Set, w model.Workload, caller model.Identity, port uint16) {
	got, err := xdstest.Allowed(set, caller.SPIFFE("cluster.local"), port)
	if err != nil {
		t.Fatal(err)
	}
	if want := w.Envoy.Allows(caller, port); got != want {
		t.Fatalf("workload %s, caller %v, port %d: the proxy allows %v, the model %v: %+v", w.Key, caller, port, got, want, w.Envoy)
	}
}

// Nobody gets in by the listener's own port, whatever the rules.
func TestTheListenersOwnPortIsClosed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := model.Build(modeltest.Random(t))
		for key, set := range xds.Build(m) {
			for _, account := range []string{"a", "b", "c"} {
				allowed, err := xdstest.Allowed(set, model.Identity{Namespace: "shop", Account: account}.SPIFFE("cluster.local"), 15006)
				if err != nil || allowed {
					t.Fatalf("workload %s lets %s in on port 15006: %v", key, account, err)
				}
			}
		}
	})
}
