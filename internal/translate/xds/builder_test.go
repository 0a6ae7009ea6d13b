package xds_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/testing/protocmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// mixed has some lists of one snapshot and some of another, as if only these had changed.
func mixed(t *rapid.T, a, b snapshot.Snapshot) snapshot.Snapshot {
	for _, change := range []func(){
		func() { a.Services = b.Services }, func() { a.Pods = b.Pods }, func() { a.Routes = b.Routes },
		func() { a.Policies = b.Policies }, func() { a.Canaries = b.Canaries }, func() { a.Slices = b.Slices }, func() { a.Nodes = b.Nodes },
	} {
		if rapid.Bool().Draw(t, "changed") {
			change()
		}
	}
	return a
}

// What a builder remembers never shows: after any history the result is that of a new one. What is equal is the same.
func TestBuilderRemembersNothingWrong(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, s := new(xds.Builder), modeltest.Random(t)
		var sets map[model.Key]*xds.Set
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			s = mixed(t, s, modeltest.Random(t))
			m, before := model.Build(s), sets
			scopes := model.ScopesOf(m, rapid.SampledFrom([]int{0, 4, 9}).Draw(t, "budget"))
			fresh, services := new(xds.Builder).BuildScoped(m, scopes)
			var directory *xds.Directory
			if sets, directory = b.BuildScoped(m, scopes); directory == nil {
				t.Fatal("no directory")
			}
			checkDirectory(t, services, directory)
			if _, again := b.BuildScoped(m, scopes); again != directory {
				t.Fatal("an equal directory is another pointer")
			}
			if diff := cmp.Diff(fresh, sets, protocmp.Transform(), cmp.Comparer(equalParts), cmpopts.IgnoreUnexported(xds.Set{})); diff != "" {
				t.Fatalf("sets (-new +remembering):\n%s", diff)
			}
			endpoints := model.BuildEndpoints(s, m)
			if diff := cmp.Diff(xds.Endpoints(endpoints), b.Endpoints(endpoints), protocmp.Transform()); diff != "" {
				t.Fatalf("endpoints (-new +remembering):\n%s", diff)
			}
			for key, set := range sets {
				checkSince(t, before[key], set)
			}
		}
	})
}

func checkDirectory(t *rapid.T, want, got *xds.Directory) {
	if diff := cmp.Diff(slices.SortedFunc(want.Services(), model.Key.Compare), slices.SortedFunc(got.Services(), model.Key.Compare)); diff != "" {
		t.Fatalf("services of the directory (-new +remembering):\n%s", diff)
	}
	for key := range want.Services() {
		if !equalParts(want.Service(key), got.Service(key)) || !slices.Equal(want.LeadsTo(key), got.LeadsTo(key)) {
			t.Fatalf("%v differs in the directory", key)
		}
	}
}

func equalParts(a, b *xds.Part) bool {
	return a.Version == b.Version && maps.EqualFunc(a.Resources, b.Resources, func(x, y *xds.Resource) bool {
		return x.Version == y.Version && slices.Equal(x.Accounts, y.Accounts)
	}) && maps.EqualFunc(a.Stamps, b.Stamps, slices.Equal[[]xds.ID])
}

// checkSince compares what two sets say of their difference with their content.
func checkSince(t *rapid.T, old, set *xds.Set) {
	if old == nil {
		return
	}
	want := map[xds.ID]bool{}
	for id, r := range set.All() {
		want[id] = old.Resource(id) == nil || old.Resource(id).Version != r.Version
	}
	for id := range old.All() {
		want[id] = want[id] || set.Resource(id) == nil
	}
	maps.DeleteFunc(want, func(_ xds.ID, differs bool) bool { return !differs })
	got := map[xds.ID]bool{}
	for id := range set.Since(old) {
		got[id] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("the difference (-want +got):\n%s", diff)
	}
	if len(want) == 0 && set.Version == old.Version && set != old {
		t.Fatal("an equal set is another pointer")
	}
}

// Each change makes anew what it concerns and nothing else.
func TestWorkOfAChange(t *testing.T) {
	s := modeltest.World(60)
	build := func(b *xds.Builder) {
		m := model.Build(s)
		b.Build(m)
		b.Endpoints(model.BuildEndpoints(s, m))
	}
	for _, c := range []struct {
		change string
		do     func()
		want   xds.Work
	}{
		{"nothing", func() {}, xds.Work{}},
		{"an annotation of a pod", func() { s.Pods[0] = annotated(s.Pods[0]) }, xds.Work{}},
		{"a pod is no longer ready", func() { s.Pods[0] = notReady(s.Pods[0]) }, xds.Work{Endpoints: 1}},
		{"a pod with another account", func() { s.Pods[3] = account(s.Pods[3], "other") }, xds.Work{Ports: 1, Workloads: 1, Endpoints: 1}},
		{"another Service, to another port of its pods", func() { s.Services = append(s.Services, another(s.Services[0])) }, xds.Work{Ports: 1, Workloads: 1, Endpoints: 1}},
		{"a Service less", func() { s.Services = s.Services[:60] }, xds.Work{Workloads: 1}},
	} {
		b := new(xds.Builder)
		build(b)
		before := b.Work()
		c.do()
		build(b)
		after := b.Work()
		got := xds.Work{Ports: after.Ports - before.Ports, Workloads: after.Workloads - before.Workloads, Endpoints: after.Endpoints - before.Endpoints}
		if got != c.want {
			t.Errorf("%s: made %+v, want %+v", c.change, got, c.want)
		}
	}
}

func annotated(p *corev1.Pod) *corev1.Pod {
	p = p.DeepCopy()
	p.Annotations = map[string]string{"example.com/note": "new"}
	return p
}

func notReady(p *corev1.Pod) *corev1.Pod {
	p = p.DeepCopy()
	p.Status.Conditions = nil
	return p
}

func account(p *corev1.Pod, name string) *corev1.Pod {
	p = p.DeepCopy()
	p.Spec.ServiceAccountName = name
	return p
}

func another(s *corev1.Service) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.Namespace, Name: "another", UID: "another"},
		Spec:       corev1.ServiceSpec{ClusterIP: "10.96.99.99", Selector: s.Spec.Selector, Ports: []corev1.ServicePort{{Name: "http", Port: 80}}},
	}
}
