package model_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
)

func at(n int32) *int32 { return &n }

func lasting(d time.Duration) *metav1.Duration { return &metav1.Duration{Duration: d} }

// limiting is a Policy of the namespace shop that asks for limits and has them in force. Created says which one is older.
func limiting(name string, created int64, selector map[string]string, limits v1alpha1.PolicyLimits) *v1alpha1.Policy {
	p := &v1alpha1.Policy{ObjectMeta: metav1.ObjectMeta{
		Namespace: "shop", Name: name, UID: types.UID(name), CreationTimestamp: metav1.NewTime(time.Unix(created, 0)),
	}}
	p.Spec.Selector.MatchLabels, p.Spec.Limits = selector, &limits
	p.Status.Limits = &v1alpha1.EnforcedLimits{Selector: p.Spec.Selector, PolicyLimits: limits}
	p.Status.Position = &v1alpha1.Position{Sequence: 4}
	return p
}

func connections(n int32, services ...string) v1alpha1.PolicyLimits {
	return v1alpha1.PolicyLimits{Services: services, Limits: v1alpha1.Limits{MaxConnections: at(n)}}
}

// shop has one Service, called reviews, whose pods have the labels app and version.
func shop(policies ...*v1alpha1.Policy) snapshot.Snapshot {
	return snapshot.Snapshot{
		Mesh:       &v1alpha1.Mesh{ObjectMeta: metav1.ObjectMeta{Name: "main"}},
		Namespaces: []*corev1.Namespace{{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}},
		Services: []*corev1.Service{{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "reviews"},
			Spec: corev1.ServiceSpec{
				ClusterIP: "10.96.0.1", Selector: map[string]string{"app": "reviews", "tier": "front"}, Ports: []corev1.ServicePort{{Name: "http", Port: 80}},
			},
		}},
		Policies: policies,
	}
}

func limitsOf(t *testing.T, m *model.Model) model.Limits {
	t.Helper()
	s, found := m.Service(model.Key{Namespace: "shop", Name: "reviews"})
	if !found {
		t.Fatal("no Service")
	}
	return s.Limits
}

func TestTheMostSpecificLimitCounts(t *testing.T) {
	app, both := map[string]string{"app": "reviews"}, map[string]string{"app": "reviews", "tier": "front"}
	for name, c := range map[string]struct {
		reason   string
		policies []*v1alpha1.Policy
		want     uint32
	}{
		"none":          {"the default", nil, 10_000},
		"all":           {"an empty selector is about all Services", []*v1alpha1.Policy{limiting("all", 1, nil, connections(1))}, 1},
		"labels":        {"some labels are more than none, whatever the age", []*v1alpha1.Policy{limiting("all", 1, nil, connections(1)), limiting("app", 2, app, connections(2))}, 2},
		"more labels":   {"two labels are more than one", []*v1alpha1.Policy{limiting("both", 2, both, connections(3)), limiting("app", 1, app, connections(2))}, 3},
		"the name":      {"a name is more than labels", []*v1alpha1.Policy{limiting("name", 2, nil, connections(4, "reviews")), limiting("both", 1, both, connections(3))}, 4},
		"another name":  {"other Services are not meant", []*v1alpha1.Policy{limiting("name", 2, nil, connections(4, "other"))}, 10_000},
		"other labels":  {"a label that the Service does not select by", []*v1alpha1.Policy{limiting("v1", 1, map[string]string{"app": "reviews", "version": "v1"}, connections(5))}, 10_000},
		"the older one": {"of equals the older one counts", []*v1alpha1.Policy{limiting("young", 2, app, connections(7)), limiting("old", 1, app, connections(6))}, 6},
		"out of bounds": {"a value that no proxy takes is as if it were missing", []*v1alpha1.Policy{limiting("app", 1, app, connections(-1)), limiting("all", 1, nil, connections(1))}, 1},
		"another setting": {"fields that are missing come from what is less specific", []*v1alpha1.Policy{
			limiting("all", 1, nil, connections(1)), limiting("app", 1, app, v1alpha1.PolicyLimits{Limits: v1alpha1.Limits{MaxRequests: at(9)}})}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			if got := limitsOf(t, model.Build(shop(c.policies...))).Connections; got != c.want {
				t.Errorf("%s: %d connections, want %d", c.reason, got, c.want)
			}
		})
	}
}

// A Policy that has not come to its step is not in force; one whose spec is refused stays as it was.
func TestLimitsFollowStatus(t *testing.T) {
	p := limiting("reviews", 1, nil, connections(5))
	p.Spec.Limits.MaxConnections = at(-3)
	m := model.Build(shop(p))
	if got := limitsOf(t, m).Connections; got != 5 {
		t.Errorf("%d connections, want the 5 that are in force", got)
	}
	if f, _ := m.FindingFor("Policy", model.Key{Namespace: "shop", Name: "reviews"}); f.Field != "spec.limits.maxConnections" {
		t.Errorf("finding %+v", f)
	}
	p.Spec.Limits.MaxConnections, p.Status.Limits = at(3), nil
	m = model.Build(shop(p))
	if got := limitsOf(t, m).Connections; got != 10_000 {
		t.Errorf("%d connections before the step, want the default", got)
	}
	if s := m.Services[0]; len(s.LimitStamps) != 1 || s.LimitStamps[0].Version != "4" {
		t.Errorf("stamps %v, want the Policy at its step", s.LimitStamps)
	}
}

func TestLimitsOfTheMesh(t *testing.T) {
	s := shop(limiting("all", 1, nil, connections(7)))
	s.Mesh.Spec.Traffic = &v1alpha1.Traffic{Limits: &v1alpha1.Limits{
		MaxConnections: at(50), ConnectTimeout: lasting(time.Second), Retries: &v1alpha1.Retries{Attempts: at(0)},
		Ejection: &v1alpha1.Ejection{Mode: v1alpha1.EjectionDisabled},
	}}
	want := model.DefaultLimits()
	want.Connections, want.ConnectTimeout, want.Retries, want.Ejection.Off = 7, time.Second, 0, true
	if diff := cmp.Diff(want, limitsOf(t, model.Build(s))); diff != "" {
		t.Errorf("limits (-want +got):\n%s", diff)
	}
}

// Two Policies that are as specific as each other must not disagree: the younger one is told, and only it.
func TestTheYoungerLimitsConflict(t *testing.T) {
	app := map[string]string{"app": "reviews"}
	old, young := limiting("old", 1, app, connections(6)), limiting("a-young-one", 2, map[string]string{"tier": "front"}, connections(7))
	told := func(m *model.Model) (names []string) {
		for _, f := range m.Findings {
			if f.Fatal && f.Reason == model.ReasonConflict && f.Field == "spec.limits.maxConnections" {
				names = append(names, f.Name)
			}
		}
		return names
	}
	if got := told(model.Build(shop(young, old))); !cmp.Equal(got, []string{"a-young-one"}) {
		t.Errorf("conflict of %v", got)
	}
	for what, other := range map[string]*v1alpha1.Policy{
		"the same value":  limiting("a-young-one", 2, app, connections(6)),
		"another setting": limiting("a-young-one", 2, app, v1alpha1.PolicyLimits{Limits: v1alpha1.Limits{MaxRequests: at(7)}}),
		"more specific":   limiting("a-young-one", 2, nil, connections(7, "reviews")),
		"another Service": limiting("a-young-one", 2, map[string]string{"app": "other"}, connections(7)),
	} {
		if got := told(model.Build(shop(other, old))); len(got) > 0 {
			t.Errorf("%s: conflict of %v", what, got)
		}
	}
}

func TestLimitsAboutNothing(t *testing.T) {
	for reason, p := range map[string]*v1alpha1.Policy{
		model.ReasonSelectsNothing:  limiting("p", 1, map[string]string{"app": "nobody"}, connections(1)),
		model.ReasonServiceNotFound: limiting("p", 1, nil, connections(1, "nobody")),
	} {
		m := model.Build(shop(p))
		if len(m.Findings) != 1 || m.Findings[0].Reason != reason || m.Findings[0].Fatal {
			t.Errorf("findings %+v, want a note %s", m.Findings, reason)
		}
	}
}

// A section can't become another one: what was in force stays.
func TestASectionStays(t *testing.T) {
	p := limiting("p", 1, nil, connections(3))
	p.Spec.Limits, p.Spec.Access = nil, &v1alpha1.Access{}
	m := model.Build(shop(p))
	if f, _ := m.FindingFor("Policy", model.Key{Namespace: "shop", Name: "p"}); f.Reason != model.ReasonSectionChanged {
		t.Errorf("finding %+v", f)
	}
	if got := limitsOf(t, m).Connections; got != 3 {
		t.Errorf("%d connections, want 3", got)
	}
}

// Limits refuse nobody: without them every workload takes the same callers, in both layers.
func TestLimitsChangeNoAccess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := modeltest.Random(t)
		with := model.Build(s)
		without := s
		without.Policies = nil
		for _, p := range s.Policies {
			p = p.DeepCopy()
			p.Status.Limits = nil
			if p.Status.Envoy == nil && p.Status.Network == nil && p.Spec.Access == nil {
				continue
			}
			without.Policies = append(without.Policies, p)
		}
		ignore := cmpopts.IgnoreFields(model.Workload{}, "Stamps")
		if diff := cmp.Diff(model.Build(without).Workloads, with.Workloads, addresses, ignore); diff != "" {
			t.Fatalf("access (-without +with limits):\n%s", diff)
		}
	})
}

// Whatever objects say, a limit is within its bounds.
func TestLimitsAreWithinTheirBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, s := range model.Build(modeltest.Random(t)).Services {
			l := s.Limits
			if l.ConnectTimeout <= 0 || l.RequestTimeout < 0 || l.Connections == 0 || l.Pending == 0 || l.Requests == 0 ||
				max(l.Connections, l.Pending, l.Requests) > 1_000_000 || l.Retries > 10 || l.RetryPercent == 0 || l.RetryPercent > 100 ||
				l.Ejection.Failures == 0 || l.Ejection.Time <= 0 || l.Ejection.Percent == 0 || l.Ejection.Percent > 100 {
				t.Fatalf("%s: %+v", s.Key, l)
			}
		}
	})
}

// What status shows as effective is what is.
func TestLimitsAsTheAPIShowsThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, s := range model.Build(modeltest.Random(t)).Services {
			again := shop(limiting("p", 1, nil, v1alpha1.PolicyLimits{Limits: s.Limits.API()}))
			if diff := cmp.Diff(s.Limits, model.Build(again).Services[0].Limits); diff != "" {
				t.Fatalf("limits (-want +got):\n%s", diff)
			}
		}
	})
}

func TestDefaultEjectionLeavesHalf(t *testing.T) {
	if e := model.DefaultLimits().Ejection; e.Off || e.Percent > 50 {
		t.Errorf("ejection %+v", e)
	}
}

// A time-out of a route goes first, one that says "none" too; else the Service with the smallest one decides.
func TestRouteLimits(t *testing.T) {
	second, minute := model.Limits{RequestTimeout: time.Second, Retries: 3}, model.Limits{RequestTimeout: time.Minute, Retries: 1}
	m := &model.Model{Services: []model.Service{
		{Key: model.Key{Name: "a"}, Limits: second}, {Key: model.Key{Name: "b"}, Limits: minute}, {Key: model.Key{Name: "c"}, Limits: model.Limits{Retries: 2}},
	}}
	to := func(names ...string) (out []model.Backend) {
		for _, name := range names {
			out = append(out, model.Backend{Service: model.Key{Name: name}, Weight: 1})
		}
		return out
	}
	for name, c := range map[string]struct {
		route   model.Route
		timeout time.Duration
		retries uint32
	}{
		"one Service":         {model.Route{Backends: to("b")}, time.Minute, 1},
		"two Services":        {model.Route{Backends: to("b", "a")}, time.Second, 1},
		"one without":         {model.Route{Backends: to("b", "c")}, time.Minute, 1},
		"none with":           {model.Route{Backends: to("c")}, 0, 2},
		"the route's own":     {model.Route{Backends: to("a"), Timed: true, Timeout: time.Hour}, time.Hour, 3},
		"none of the route's": {model.Route{Backends: to("a"), Timed: true}, 0, 3},
		"nobody":              {model.Route{}, 0, 0},
	} {
		if timeout, retries := m.RouteLimits(c.route); timeout != c.timeout || retries != c.retries {
			t.Errorf("%s: %s and %d retries, want %s and %d", name, timeout, retries, c.timeout, c.retries)
		}
	}
}
