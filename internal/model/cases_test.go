package model_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gateway "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
)

// divided has one Service with one port and a Canary in its course.
func divided(port string, stable, canary int, weight int32) snapshot.Snapshot {
	s := snapshot.Snapshot{
		Namespaces: []*corev1.Namespace{{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}},
		Services: []*corev1.Service{{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "reviews"},
			Spec: corev1.ServiceSpec{ClusterIP: "10.96.0.1", Selector: map[string]string{"tier": "reviews"},
				Ports: []corev1.ServicePort{{Name: port, Port: 8080}}},
		}},
	}
	for i := range stable + canary {
		version, account := "v1", "old"
		if i >= stable {
			version, account = "v2", "new"
		}
		s.Pods = append(s.Pods, modeltest.Pod("shop", fmt.Sprintf("reviews-%d", i), map[string]string{
			"app": account, "tier": "reviews", "version": version, "pod-template-hash": "hash-" + version, v1alpha1.LabelWorkload: "reviews-" + version,
		}, i))
	}
	selectors := v1alpha1.CanaryWorkloads{
		Stable: v1alpha1.PodSelector{MatchLabels: map[string]string{"tier": "reviews", "version": "v1"}},
		Canary: v1alpha1.PodSelector{MatchLabels: map[string]string{"tier": "reviews", "version": "v2"}},
	}
	s.Canaries = []*v1alpha1.Canary{{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "reviews", UID: "canary"},
		Spec: v1alpha1.CanarySpec{
			Service: v1alpha1.ServiceReference{Name: "reviews"}, Workloads: &selectors, Steps: []v1alpha1.CanaryStep{{Weight: 1}, {Weight: 100}},
		},
		Status: v1alpha1.CanaryStatus{
			Phase: v1alpha1.CanaryProgressing, Run: &v1alpha1.CanaryRun{Revision: "hash-v2", Stable: selectors.Stable, Canary: selectors.Canary},
			Weight: &v1alpha1.CanaryWeight{Desired: weight}, Position: &v1alpha1.Position{Sequence: 7},
		},
	}}
	return s
}

func TestCanaryFindings(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(*snapshot.Snapshot)
		want   string
		split  bool
	}{
		"sound": {"nothing is wrong", func(*snapshot.Snapshot) {}, "", true},
		"same":  {"an edit is refused, the run goes on", func(s *snapshot.Snapshot) { s.Canaries[0].Spec.Workloads.Stable = s.Canaries[0].Spec.Workloads.Canary }, model.ReasonSameSelector, true},
		"empty": {"no label selects everything", func(s *snapshot.Snapshot) { s.Canaries[0].Spec.Workloads.Canary.MatchLabels = nil }, model.ReasonEmptySelector, true},
		"part":  {"one selector is a part of the other", func(s *snapshot.Snapshot) { delete(s.Canaries[0].Spec.Workloads.Stable.MatchLabels, "version") }, model.ReasonOverlap, true},
		"both": {"a pod has the labels of both", func(s *snapshot.Snapshot) {
			s.Canaries[0].Spec.Workloads.Canary.MatchLabels = map[string]string{"app": "old"}
		}, model.ReasonOverlap, true},
		"opaque": {"connections are judged too", func(s *snapshot.Snapshot) { s.Services[0].Spec.Ports[0].Name = "tcp" }, "", true},
		"opaque and slow": {"how long a session lasts is no latency", func(s *snapshot.Snapshot) {
			s.Services[0].Spec.Ports[0].Name = "tcp"
			s.Canaries[0].Spec.Analysis = &v1alpha1.CanaryAnalysis{LatencyObjective: &metav1.Duration{Duration: time.Second}}
		}, model.ReasonServiceNotHTTP, true},
		"opaque and copied": {"no connection is copied", func(s *snapshot.Snapshot) {
			s.Services[0].Spec.Ports[0].Name = "tcp"
			mirrored := int32(10)
			s.Canaries[0].Spec.Steps[0] = v1alpha1.CanaryStep{Mirror: &mirrored}
		}, model.ReasonServiceNotHTTP, true},
		"UDP alone": {"the mesh carries none", func(s *snapshot.Snapshot) {
			s.Services[0].Spec.Ports = []corev1.ServicePort{{Name: "dns", Port: 53, Protocol: corev1.ProtocolUDP}}
		}, model.ReasonServiceNotFound, false},
		"mixed": {"requests and connections", func(s *snapshot.Snapshot) {
			s.Services[0].Spec.Ports = append(s.Services[0].Spec.Ports, corev1.ServicePort{Name: "tcp", Port: 9090})
		}, "", true},
		"no steps":  {"all requests would move at once", func(s *snapshot.Snapshot) { s.Canaries[0].Spec.Steps = nil }, model.ReasonUnsupported, true},
		"no share":  {"a step without a share", func(s *snapshot.Snapshot) { s.Canaries[0].Spec.Steps[0].Weight = 0 }, model.ReasonUnsupported, true},
		"too much":  {"more than all", func(s *snapshot.Snapshot) { s.Canaries[0].Spec.Steps[1].Weight = 101 }, model.ReasonUnsupported, true},
		"lost":      {"the Service does not exist", func(s *snapshot.Snapshot) { s.Canaries[0].Spec.Service.Name = "other" }, model.ReasonServiceNotFound, false},
		"outside":   {"the namespace has left the mesh", func(s *snapshot.Snapshot) { s.Namespaces = nil }, model.ReasonNamespaceNotJoined, false},
		"not begun": {"no status, no split", func(s *snapshot.Snapshot) { s.Canaries[0].Status = v1alpha1.CanaryStatus{} }, "", false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := divided("http", 2, 1, 10)
			c.change(&s)
			m := model.Build(s)
			f, _ := m.FindingFor("Canary", model.Key{Namespace: "shop", Name: "reviews"})
			if f.Reason != c.want {
				t.Errorf("%s: finding %q, want %q", c.reason, f.Reason, c.want)
			}
			service, found := m.Service(model.Key{Namespace: "shop", Name: "reviews"})
			if got := found && service.Split != nil; got != c.split {
				t.Errorf("%s: divided %v, want %v", c.reason, got, c.split)
			}
		})
	}
}

// TestTheYoungerCanaryConflicts has two Canaries for one Service [D21].
func TestTheYoungerCanaryConflicts(t *testing.T) {
	s := divided("http", 2, 1, 10)
	younger := s.Canaries[0].DeepCopy()
	younger.Name, younger.UID = "a-later-one", "younger"
	younger.CreationTimestamp = metav1.NewTime(time.Unix(100, 0))
	s.Canaries = append([]*v1alpha1.Canary{younger}, s.Canaries...)
	m := model.Build(s)
	if f, found := m.FindingFor("Canary", model.Key{Namespace: "shop", Name: "a-later-one"}); !found || f.Reason != model.ReasonConflict {
		t.Errorf("the younger Canary has finding %+v, want %s", f, model.ReasonConflict)
	}
	if _, found := m.FindingFor("Canary", model.Key{Namespace: "shop", Name: "reviews"}); found {
		t.Error("the older Canary has a finding too")
	}
	if service, _ := m.Service(model.Key{Namespace: "shop", Name: "reviews"}); service.Split.Stamp.UID != "canary" {
		t.Errorf("the Service follows %s, want the older Canary", service.Split.Stamp.Name)
	}
}

func TestProtocol(t *testing.T) {
	text := func(s string) *string { return &s }
	cases := map[string]struct {
		reason string
		port   corev1.ServicePort
		want   model.Protocol
		noted  string
	}{
		"app protocol wins":   {"it is the explicit field", corev1.ServicePort{Name: "tcp", Port: 80, AppProtocol: text("http")}, model.HTTP, ""},
		"h2c":                 {"Kubernetes' name of HTTP/2 without TLS", corev1.ServicePort{Port: 80, AppProtocol: text("kubernetes.io/h2c")}, model.GRPC, ""},
		"unknown":             {"TCP carries everything", corev1.ServicePort{Port: 80, AppProtocol: text("example.com/own")}, model.TCP, model.ReasonProtocolUnknown},
		"name":                {"a prefix of the name", corev1.ServicePort{Name: "http-admin", Port: 80}, model.HTTP, ""},
		"grpc":                {"a prefix of the name", corev1.ServicePort{Name: "grpc", Port: 80}, model.GRPC, ""},
		"httpd is not http":   {"the prefix ends at a dash", corev1.ServicePort{Name: "httpd", Port: 80}, model.TCP, model.ReasonProtocolUndeclared},
		"server speaks first": {"a well-known port needs no word", corev1.ServicePort{Port: 3306}, model.TCP, ""},
		"undeclared":          {"it is told", corev1.ServicePort{Port: 80}, model.TCP, model.ReasonProtocolUndeclared},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := divided("http", 1, 1, 0)
			s.Services[0].Spec.Ports[0] = c.port
			m := model.Build(s)
			noted := ""
			for _, f := range m.Findings {
				if f.Kind == "Service" {
					noted = f.Reason
				}
			}
			if got := m.Services[0].Ports[0].Protocol; got != c.want || noted != c.noted {
				t.Errorf("%s: protocol %s with finding %q, want %s with %q", c.reason, got, noted, c.want, c.noted)
			}
		})
	}
}

// TestRoutePrecedence is the order of the Gateway API [D21]: the most specific match first, then the older route.
func TestRoutePrecedence(t *testing.T) {
	s := divided("http", 1, 1, 0)
	core, kind, port := gateway.Group(""), gateway.Kind("Service"), gateway.PortNumber(8080)
	add := func(name string, age int64, matches ...gateway.HTTPRouteMatch) {
		r := &gateway.HTTPRoute{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, CreationTimestamp: metav1.NewTime(time.Unix(age, 0))}}
		r.Spec.ParentRefs = []gateway.ParentReference{{Group: &core, Kind: &kind, Name: "reviews"}}
		backend := gateway.HTTPBackendRef{}
		backend.Name, backend.Port = "reviews", &port
		r.Spec.Rules = []gateway.HTTPRouteRule{{Matches: matches, BackendRefs: []gateway.HTTPBackendRef{backend}}}
		s.Routes = append(s.Routes, r)
	}
	path := func(kind gateway.PathMatchType, value string) gateway.HTTPRouteMatch {
		return gateway.HTTPRouteMatch{Path: &gateway.HTTPPathMatch{Type: &kind, Value: &value}}
	}
	post := gateway.HTTPMethodPost
	withMethod, withHeader := path(gateway.PathMatchPathPrefix, "/a"), path(gateway.PathMatchPathPrefix, "/a")
	withMethod.Method = &post
	withHeader.Headers = []gateway.HTTPHeaderMatch{{Name: "user", Value: "x"}}
	add("a-younger", 9, path(gateway.PathMatchPathPrefix, "/a"))
	add("mixed", 5, path(gateway.PathMatchPathPrefix, "/a"), withHeader, withMethod, path(gateway.PathMatchPathPrefix, "/a/b/"), path(gateway.PathMatchExact, "/a"))
	add("fallback", 1, gateway.HTTPRouteMatch{})
	var got []string
	for _, r := range model.Build(s).Services[0].Ports[0].Routes {
		got = append(got, r.Name)
	}
	want := []string{
		"shop/mixed/rule[0]/match[4]", "shop/mixed/rule[0]/match[3]", "shop/mixed/rule[0]/match[2]", "shop/mixed/rule[0]/match[1]",
		"shop/mixed/rule[0]/match[0]", "shop/a-younger/rule[0]/match[0]", "shop/fallback/rule[0]/match[0]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order of routes (-want +got):\n%s", diff)
	}
}

// The configuration of a mesh is for all of its workloads; that of a Policy for those it selects.
func TestDependents(t *testing.T) {
	s := divided("http", 1, 1, 0)
	s.Policies = []*v1alpha1.Policy{{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "p", UID: "policy"},
		Spec:       v1alpha1.PolicySpec{Selector: v1alpha1.PodSelector{MatchLabels: map[string]string{"version": "v2"}}},
	}}
	m := model.Build(s)
	if got := len(model.Dependents(m, model.ScopesOf(m, m.Mesh.ScopeBudget), "canary")); got != 2 {
		t.Errorf("%d workloads depend on the Canary, want 2", got)
	}
	if got := model.Dependents(m, model.ScopesOf(m, m.Mesh.ScopeBudget), "policy"); len(got) != 1 || !got[model.Key{Namespace: "shop", Name: "reviews-v2@new"}] {
		t.Errorf("the Policy has the dependents %v, want reviews-v2@new", got)
	}
	if diff := cmp.Diff([]string{"shop/reviews-v2"}, model.SelectedWorkloads(m, "policy")); diff != "" {
		t.Errorf("selected workloads (-want +got):\n%s", diff)
	}
	if got := len(model.Dependents(m, model.ScopesOf(m, m.Mesh.ScopeBudget), "nothing")); got != 0 {
		t.Errorf("%d workloads depend on an object that does not exist", got)
	}
}
