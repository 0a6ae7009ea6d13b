package mesh

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	k8sruntime "k8s.io/apimachinery/pkg/runtime"
	kubescheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/apply"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/observe"
)

type reports map[string]ack.Report

func (r reports) View() ack.View   { return ack.View{Complete: true, Reports: r} }
func (r reports) Silent() []string { return nil }

// bookkeeping has a mesh of two namespaces, the operator's, and one that has left.
func bookkeeping(t *testing.T) (*Outputs, *State, reports, *int) {
	t.Helper()
	s := modeltest.World(60)
	s.OperatorNamespace = "weft-system"
	labels := map[string]string{v1alpha1.LabelManagedBy: "main"}
	made, writes := reports{}, 0
	cluster := fake.NewClientBuilder().WithScheme(kubescheme.Scheme).WithObjects(
		&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "weft-system", Name: "weft-scope-left", Labels: labels}},
		&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "weft-system", Name: "weft-scope-others"}},
		&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "team-00", Name: v1alpha1.TrustConfigMap, Labels: labels}},
	).WithInterceptorFuncs(interceptor.Funcs{
		Apply: func(ctx context.Context, c client.WithWatch, object k8sruntime.ApplyConfiguration, options ...client.ApplyOption) error {
			writes++
			return c.Apply(ctx, object, options...)
		},
	}).Build()
	o := &Outputs{
		Cluster: observe.Cluster{Reader: cluster, Mesh: "main", Namespace: "weft-system"},
		Writer:  apply.NewWriter(cluster), Fleet: made,
	}
	return o, &State{Snapshot: s, Model: model.Build(s)}, made, &writes
}

// What proxies have asked for is stored for their workloads at once, once, and not too often. What is stored of a namespace
// that has left goes; what others have made stays.
func TestCallsAreStored(t *testing.T) {
	o, state, made, writes := bookkeeping(t)
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	write := func(now time.Time) time.Duration {
		t.Helper()
		again, err := o.writeCalls(t.Context(), state, now)
		if err != nil {
			t.Fatal(err)
		}
		return again
	}
	stored := func() map[string]string {
		t.Helper()
		var all corev1.ConfigMapList
		if err := o.Cluster.Reader.List(t.Context(), &all); err != nil {
			t.Fatal(err)
		}
		out := map[string]string{}
		for _, c := range all.Items {
			out[c.Namespace+"/"+c.Name] = c.Data[v1alpha1.ScopeKey]
		}
		return out
	}
	compare := func(reason, calls string) {
		t.Helper()
		want := map[string]string{"team-00/weft-trust": "", "weft-system/weft-scope-others": ""}
		if calls != "" {
			want["weft-system/weft-scope-team-00"] = calls
		}
		if diff := cmp.Diff(want, stored()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", reason, diff)
		}
	}
	key := func(name string) model.Key { return model.Key{Namespace: "team-01", Name: name} }
	write(now)
	compare("nobody has asked for anything", "")

	first, second := string(state.Snapshot.Pods[0].UID), string(state.Snapshot.Pods[1].UID)
	made[first], made[second] = ack.Report{Calls: []model.Key{key("svc-0050")}}, ack.Report{Calls: []model.Key{key("svc-0051")}}
	made["nobody"] = ack.Report{Calls: []model.Key{key("svc-0052")}}
	if again := write(now); again != 0 {
		t.Errorf("all is stored, to look again in %s", again)
	}
	both := "svc-0000 team-01/svc-0050 2026-01-31\nsvc-0000 team-01/svc-0051 2026-01-31\n"
	compare("two pods of one workload", both)
	if write(now.Add(time.Minute)); *writes != 1 {
		t.Errorf("%d writes for one change", *writes)
	}

	made[first] = ack.Report{Calls: []model.Key{key("svc-0050"), key("svc-0059")}}
	if again := write(now.Add(time.Second)); again != bookGap-time.Second {
		t.Errorf("a second after the last write: to look again in %s", again)
	}
	compare("not yet", both)
	write(now.Add(bookGap))
	compare("a while later", both+"svc-0000 team-01/svc-0059 2026-01-31\n")

	delete(made, first)
	delete(made, second)
	write(now.AddDate(0, 0, 30))
	compare("the pods are gone", both+"svc-0000 team-01/svc-0059 2026-01-31\n")
	write(now.AddDate(0, 0, 31))
	if got := stored()["weft-system/weft-scope-team-00"]; got != "" {
		t.Errorf("after a month without a call: %q", got)
	}
}

// A proxy that got an object beyond its scope counts: what waits for acknowledgements waits for its, too.
func TestDependentPodsAreThoseThatHaveIt(t *testing.T) {
	s := modeltest.World(60)
	m := model.Build(s)
	m.Services[55].LimitStamps = []model.Stamp{{UID: "object", Version: "1"}} // of team-01
	for _, p := range s.Pods {
		p.Status.Phase = corev1.PodRunning
	}
	state := &State{Snapshot: s, Model: m, Pods: model.Pods(s), Scopes: model.ScopesOf(m, 0)}
	has := ack.Report{Latest: []map[string]string{{"object": "1"}}}
	outside := string(s.Pods[0].UID)
	for _, c := range []struct {
		reason  string
		budget  int
		reports reports
		want    int
	}{
		{"those whose scope has the Service", 0, reports{}, 30},
		{"and one that has called it", 0, reports{outside: has}, 31},
		{"all, where all have the whole mesh", 60, reports{outside: has}, 180},
	} {
		state.Scopes = model.ScopesOf(m, c.budget)
		if got := len(state.DependentPods("object", c.reports.View())); got != c.want {
			t.Errorf("%s: %d pods, want %d", c.reason, got, c.want)
		}
	}
}
