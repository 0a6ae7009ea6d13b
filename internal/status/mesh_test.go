package status

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
)

var now = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func settled() MeshInput {
	year := now.AddDate(1, 0, 0)
	return MeshInput{
		Mesh: &v1alpha1.Mesh{ObjectMeta: metav1.ObjectMeta{Name: "default", Generation: 3}}, Complete: true,
		Proxies:      v1alpha1.Acknowledgement{Acknowledged: 2, Total: 2},
		RootNotAfter: year, IntermediateNotAfter: year, Now: now,
	}
}

func TestMeshConditions(t *testing.T) {
	const good = "Accepted Applied CertificatesValid Ready "
	for name, c := range map[string]struct {
		change func(*MeshInput)
		want   string // the conditions that are true
	}{
		"all is well":                   {func(*MeshInput) {}, good},
		"the spec can't be read":        {func(in *MeshInput) { in.Mesh.Spec.Unreadable = "mtls: a number" }, "Applied CertificatesValid Stalled "},
		"no certificates yet":           {func(in *MeshInput) { in.RootNotAfter = time.Time{} }, "Accepted Applied "},
		"a certificate has ended":       {func(in *MeshInput) { in.RootNotAfter = now.Add(-time.Second) }, "Accepted Applied "},
		"a certificate ends in a week":  {func(in *MeshInput) { in.IntermediateNotAfter = now.AddDate(0, 0, 7) }, "Accepted Applied Ready "},
		"a replica is silent":           {func(in *MeshInput) { in.Complete = false }, "Accepted CertificatesValid Ready Reconciling "},
		"a proxy is late":               {func(in *MeshInput) { in.Proxies.Acknowledged, in.Proxies.Pending = 1, []string{"shop/a"} }, "Accepted CertificatesValid Ready Reconciling "},
		"a proxy refuses":               {func(in *MeshInput) { in.Proxies.Rejected = []v1alpha1.Rejection{{Pod: "shop/a"}} }, "Accepted CertificatesValid Stalled "},
		"no CRD of HTTPRoutes is there": {func(in *MeshInput) { in.Missing = []string{"HTTPRoute"} }, good},
	} {
		in := settled()
		c.change(&in)
		got := ""
		for _, kind := range []string{
			v1alpha1.ConditionAccepted, v1alpha1.ConditionApplied, v1alpha1.ConditionCertificatesValid,
			v1alpha1.ConditionReady, v1alpha1.ConditionReconciling, v1alpha1.ConditionStalled,
		} {
			if meta.IsStatusConditionTrue(Mesh(in).Conditions, kind) {
				got += kind + " "
			}
		}
		if got != c.want {
			t.Errorf("%s: true are %q, want %q", name, got, c.want)
		}
	}
}

func TestAConditionKeepsTheTimeOfItsLastChange(t *testing.T) {
	in := settled()
	in.Mesh.Status = Mesh(in)
	in.Now = now.Add(time.Hour)
	if diff := cmp.Diff(in.Mesh.Status, Mesh(in)); diff != "" {
		t.Errorf("an hour later (-before +after):\n%s", diff)
	}
	in.Mesh.Spec.Unreadable = "broken"
	for _, c := range Mesh(in).Conditions {
		changed := meta.FindStatusCondition(in.Mesh.Status.Conditions, c.Type).Status != c.Status
		if later := c.LastTransitionTime.Time.Equal(in.Now); later != changed {
			t.Errorf("%s: changed %v, but the time moved %v", c.Type, changed, later)
		}
	}
}

func TestTheSilentReplicaIsNamed(t *testing.T) {
	in := settled()
	in.Complete, in.Silent = false, []string{"weft-operator-x"}
	if c := meta.FindStatusCondition(Mesh(in).Conditions, v1alpha1.ConditionApplied); !strings.Contains(c.Message, "weft-operator-x") {
		t.Errorf("%+v", c)
	}
}

func TestWarningsAndRoutes(t *testing.T) {
	in := settled()
	for i := range 99 {
		in.Findings = append(in.Findings, model.Finding{Kind: "Service", Namespace: "shop", Name: fmt.Sprint(i)})
	}
	in.Findings = append(in.Findings,
		model.Finding{Kind: "Policy", Namespace: "shop", Name: "refused", Fatal: true},
		model.Finding{Kind: "HTTPRoute", Namespace: "shop", Name: "web", Field: "spec.rules[0].backendRefs[1]", Reason: "BackendNotFound", Message: "no cart"},
		model.Finding{Kind: "HTTPRoute", Namespace: "shop", Name: "web", Field: "spec.rules[1]", Reason: "Later", Message: "too"},
		model.Finding{Kind: "HTTPRoute", Namespace: "shop", Name: "app", Field: "spec.rules[2]", Reason: "Unsupported", Message: "a filter"},
		model.Finding{Kind: "GRPCRoute", Namespace: "shop", Name: "api", Field: "spec.rules[3]", Reason: "Unsupported", Message: "of calls"},
		model.Finding{Kind: "Service", Namespace: "shop", Name: "cart", Field: "spec.ports", Reason: "ProtocolConflict", Message: "two"},
		model.Finding{Kind: "Service", Namespace: "shop", Name: "one too many"},
	)
	stamp := func(kind, name string) model.Stamp { return model.Stamp{Kind: kind, Namespace: "shop", Name: name} }
	in.Routes = []Route{{Stamp: stamp("HTTPRoute", "web"), Generation: 2}, {Stamp: stamp("HTTPRoute", "api")}, {Stamp: stamp("HTTPRoute", "app")}}
	in.GRPCRoutes = []Route{{Stamp: stamp("GRPCRoute", "web")}, {Stamp: stamp("GRPCRoute", "api")}}
	got := Mesh(in)
	last := v1alpha1.Warning{Kind: "Service", Namespace: "shop", Name: "cart", Field: "spec.ports", Reason: "ProtocolConflict", Message: "two"}
	if len(got.Warnings) != 100 || got.Warnings[99] != last {
		t.Errorf("%d warnings; the last is %+v", len(got.Warnings), got.Warnings[len(got.Warnings)-1])
	}
	routes := []v1alpha1.RouteStatus{
		{Namespace: "shop", Name: "web", Generation: 2, Reason: "BackendNotFound: no cart (spec.rules[0].backendRefs[1]); and 1 more"},
		{Namespace: "shop", Name: "api"}, {Namespace: "shop", Name: "app", Reason: "Unsupported: a filter (spec.rules[2])"},
	}
	if diff := cmp.Diff(routes, got.Routes); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
	calls := []v1alpha1.RouteStatus{{Namespace: "shop", Name: "web"}, {Namespace: "shop", Name: "api", Reason: "Unsupported: of calls (spec.rules[3])"}}
	if diff := cmp.Diff(calls, got.GRPCRoutes); diff != "" {
		t.Errorf("routes of calls (-want +got):\n%s", diff)
	}
}
