package model_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
)

// Every Service that a workload needs is in its scope, and every one in it has the reason that it says.
func TestScopeHasWhatIsNeeded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := model.Build(modeltest.Random(t))
		scopes := model.ScopesOf(m, rapid.IntRange(0, 9).Draw(t, "budget"))
		for _, w := range m.Workloads {
			scope := scopes[w.Key]
			for _, s := range m.Services {
				why := reasons(m, scope, w, s.Key)
				at := slices.IndexFunc(scope.Needs, func(n model.Need) bool { return n.Service == s.Key })
				switch {
				case scope.Has(s.Key) != (scope.Whole || len(why) > 0):
					t.Fatalf("%s needs %s because of %v, has it: %v", w.Key, s.Key, why, scope.Has(s.Key))
				case !scope.Whole && len(why) > 0 && (at < 0 || scope.Needs[at].Why != why[0]):
					t.Fatalf("%s has %s because of %v, want %v", w.Key, s.Key, scope.Needs, why)
				}
			}
			for _, n := range scope.Needs {
				if _, exists := m.Service(n.Service); !exists {
					t.Fatalf("%s needs %s, which does not exist", w.Key, n.Service)
				}
			}
		}
	})
}

// reasons are all why a workload needs a Service.
func reasons(m *model.Model, scope *model.Scope, w model.Workload, service model.Key) (out []model.Why) {
	if service.Namespace == w.Namespace {
		out = append(out, model.WhyNamespace)
	}
	for _, called := range m.Workloads {
		for _, rule := range slices.Concat(called.Envoy.Rules, called.Network.Rules) {
			if slices.Contains(rule.From, w.Account) && slices.Contains(called.Serves, service) && !slices.Contains(out, model.WhyPolicy) {
				out = append(out, model.WhyPolicy)
			}
		}
	}
	if slices.Contains(w.Calls, service) {
		out = append(out, model.WhyCalled)
	}
	for _, s := range m.Services {
		if s.Key != service && scope.Has(s.Key) && slices.Contains(m.LeadTo([]model.Key{s.Key}), service) {
			return append(out, model.WhyRoute)
		}
	}
	return out
}

func TestScopeIsWholeUpToTheBudget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := model.Build(modeltest.Random(t))
		for budget := range len(m.Services) + 2 {
			scopes, narrow := model.ScopesOf(m, budget), 0
			for _, w := range m.Workloads {
				within := len(m.Services) <= budget
				if got := scopes[w.Key].Whole; got != (within || !w.FirstCalls) {
					t.Fatalf("%d Services, budget %d, first calls %v: whole mesh %v", len(m.Services), budget, w.FirstCalls, got)
				}
				if !scopes[w.Key].Whole {
					narrow++
				}
			}
			if scopes.Narrow() != narrow {
				t.Fatalf("%d narrow scopes, counted %d", narrow, scopes.Narrow())
			}
		}
	})
}

func TestScopesWithTheSameServicesHaveOneID(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := model.Build(modeltest.Random(t))
		scopes := model.ScopesOf(m, 0)
		for _, a := range scopes {
			for _, b := range scopes {
				same := a.Whole == b.Whole && slices.EqualFunc(a.Needs, b.Needs, func(x, y model.Need) bool { return x.Service == y.Service })
				if same != (a.ID() == b.ID()) {
					t.Fatalf("IDs %s and %s of %v and %v", a.ID(), b.ID(), a, b)
				}
			}
		}
	})
}

// A pod that was injected before first calls were possible keeps its workload's whole mesh.
func TestFirstCallsTakeAllPods(t *testing.T) {
	s := modeltest.World(3)
	if w := model.Build(s).Workloads[0]; !w.FirstCalls {
		t.Fatalf("pods of this release make no first calls: %+v", w)
	}
	s.Pods[1].Spec.InitContainers[0].Args = []string{"redirect"}
	m := model.Build(s)
	for i, w := range m.Workloads {
		if want := i > 0; w.FirstCalls != want || model.ScopesOf(m, 0)[w.Key].Whole == want {
			t.Errorf("%s: first calls %v, scope %+v", w.Key, w.FirstCalls, model.ScopesOf(m, 0)[w.Key])
		}
	}
}
