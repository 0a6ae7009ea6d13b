package model_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
)

func TestOrderOfTheSnapshotChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := modeltest.Random(t)
		other := modeltest.Shuffled(t, s)
		a, b := model.Build(s), model.Build(other)
		if diff := cmp.Diff(a, b, addresses); diff != "" {
			t.Fatalf("models differ:\n%s", diff)
		}
		if diff := cmp.Diff(model.BuildEndpoints(s, a), model.BuildEndpoints(other, b), addresses); diff != "" {
			t.Fatalf("endpoints differ:\n%s", diff)
		}
		if diff := cmp.Diff(model.Pods(s), model.Pods(other)); diff != "" {
			t.Fatalf("pods differ:\n%s", diff)
		}
	})
}

func TestBuildLeavesTheSnapshotAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := modeltest.Random(t)
		before := copied(s)
		model.BuildEndpoints(s, model.Build(s))
		if diff := cmp.Diff(before, s); diff != "" {
			t.Fatalf("the snapshot changed:\n%s", diff)
		}
	})
}

// Readiness and addresses belong to the endpoints alone.
func TestReadinessLeavesTheModelAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := modeltest.Random(t)
		other := copied(s)
		for i, pod := range other.Pods {
			pod.Status.Conditions = nil
			pod.Status.PodIP = modeltest.Pod("x", "x", nil, 5000+i).Status.PodIP
		}
		if diff := cmp.Diff(model.Build(s), model.Build(other), addresses); diff != "" {
			t.Fatalf("models differ:\n%s", diff)
		}
	})
}

// What a Canary in trouble or a namespace outside of the mesh holds changes nothing for others.
func TestForeignNamespacesChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := modeltest.Random(t)
		without := s
		for i := range s.Namespaces {
			if s.Namespaces[i].Name == "bank" {
				without.Namespaces = append(append(without.Namespaces[:0:0], s.Namespaces[:i]...), s.Namespaces[i+1:]...)
			}
		}
		a, b := model.Build(s), model.Build(without)
		if diff := cmp.Diff(in(a, "shop"), in(b, "shop"), addresses); diff != "" {
			t.Fatalf("namespace shop differs when bank leaves:\n%s", diff)
		}
		if len(in(b, "bank").Services)+len(in(b, "outside").Services) > 0 {
			t.Fatal("a namespace that has not joined has services in the model")
		}
	})
}

func in(m *model.Model, namespace string) model.Model {
	out := model.Model{}
	for _, s := range m.Services {
		if s.Namespace == namespace {
			out.Services = append(out.Services, s)
		}
	}
	for _, w := range m.Workloads {
		if w.Namespace == namespace {
			out.Workloads = append(out.Workloads, w)
		}
	}
	return out
}

func copied(s snapshot.Snapshot) snapshot.Snapshot {
	s.Mesh = s.Mesh.DeepCopy()
	s.Namespaces = deep(s.Namespaces)
	s.Services = deep(s.Services)
	s.Pods = deep(s.Pods)
	s.Routes = deep(s.Routes)
	s.Policies = deep(s.Policies)
	s.Canaries = deep(s.Canaries)
	s.Slices = deep(s.Slices)
	s.Nodes = deep(s.Nodes)
	s.Observed = slices.Clone(s.Observed)
	return s
}

func deep[T interface{ DeepCopy() T }](list []T) []T {
	var out []T
	for _, o := range list {
		out = append(out, o.DeepCopy())
	}
	return out
}
