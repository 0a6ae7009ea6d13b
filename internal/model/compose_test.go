package model_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
)

var addresses = cmp.Options{
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
}

// Each backend keeps its share of the route, and each version its share of the backend, without rounding.
func TestSharesAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := model.Build(modeltest.Random(t))
		for _, s := range m.Services {
			for _, p := range s.Ports {
				for _, r := range append(p.Routes, s.Default(p)) {
					checkShares(t, m, r)
				}
			}
		}
	})
}

func checkShares(t *rapid.T, m *model.Model, r model.Route) {
	wanted, total := map[model.Key]uint32{}, uint32(0)
	for _, b := range r.Backends {
		wanted[b.Service] += b.Weight
		total += b.Weight
	}
	got, canary, sum := map[model.Key]uint32{}, map[model.Key]uint32{}, uint32(0)
	for _, d := range m.Destinations(r) {
		got[d.Service] += d.Weight
		sum += d.Weight
		if s, found := m.Service(d.Service); found && s.Split != nil && d.Subset == s.Split.Canary.Name {
			canary[d.Service] += d.Weight
		}
	}
	if sum != 100*total {
		t.Fatalf("route %s: the shares sum to %d, want 100 times %d", r.Name, sum, total)
	}
	for key, weight := range wanted {
		if got[key] != 100*weight {
			t.Errorf("route %s: %s has %d of %d, want %d", r.Name, key, got[key], sum, 100*weight)
		}
		if s, found := m.Service(key); found && s.Split != nil && canary[key] > 0 && canary[key] > weight*s.Split.CanaryWeight {
			t.Errorf("route %s: the canary of %s has %d, want at most %d", r.Name, key, canary[key], weight*s.Split.CanaryWeight)
		}
	}
}

// Where connections to a TCP port go to all pods together, the weights of endpoints divide them as exactly.
func TestConnectionSharesAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stable, canary := rapid.IntRange(1, 9).Draw(t, "stable"), rapid.IntRange(1, 9).Draw(t, "canary")
		weight := rapid.Int32Range(0, 100).Draw(t, "weight")
		s := divided("mysql", stable, canary, weight)
		all := model.BuildEndpoints(s, model.Build(s))
		if len(all) != 3 {
			t.Fatalf("a TCP port has %d clusters, want one for all and one for each version", len(all))
		}
		var onCanary, total uint32
		for _, e := range all[0].Items {
			total += e.Weight
			if e.Account.Account == "new" {
				onCanary += e.Weight
			}
		}
		if onCanary*100 != total*uint32(weight) {
			t.Fatalf("the canary has %d of %d, want %d in 100", onCanary, total, weight)
		}
	})
}

// A pod of the canary's selector whose revision is not the pinned one is in no version.
func TestOnlyThePinnedRevisionServes(t *testing.T) {
	s := divided("http", 1, 2, 50)
	s.Pods[1].Labels["pod-template-hash"] = "older"
	for _, e := range model.BuildEndpoints(s, model.Build(s)) {
		for _, item := range e.Items {
			if item.Pod == s.Pods[1].Name {
				t.Errorf("cluster of %s, subset %q, has the pod of another revision", e.Service, e.Subset)
			}
		}
		if e.Subset == "version=v2" && len(e.Items) != 1 {
			t.Errorf("subset %s has %d endpoints, want 1", e.Subset, len(e.Items))
		}
	}
}
