package model_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gateway "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
)

// speaking has a Service front that speaks HTTP at port 80 and gRPC at port 81.
func speaking() snapshot.Snapshot {
	s := twoBackends("front", "cart")
	s.Routes = nil
	s.Services[0].Spec.Ports = append(s.Services[0].Spec.Ports, corev1.ServicePort{Name: "grpc", Port: 81})
	return s
}

func portOfFront(t *testing.T, m *model.Model, number uint16) *model.Port {
	t.Helper()
	front, _ := m.Service(frontKey)
	p, found := front.Port(number)
	if !found {
		t.Fatalf("front has no port %d", number)
	}
	return p
}

func call(service, method string) gateway.GRPCRouteMatch {
	return gateway.GRPCRouteMatch{Method: &gateway.GRPCMethodMatch{Service: &service, Method: &method}}
}

// TestGRPCRoutePrecedence is the order of the Gateway API for calls: by service, by method, by the number of headers, then by
// age [D21].
func TestGRPCRoutePrecedence(t *testing.T) {
	s := speaking()
	withUser := call("", "")
	withUser.Method, withUser.Headers = nil, []gateway.GRPCHeaderMatch{{Name: "User", Value: "x"}}
	younger := modeltest.CallRoute("a-younger", []gateway.GRPCRouteMatch{call("shop.Cart", "")}, modeltest.Share{Service: "front", Weight: 1})
	younger.CreationTimestamp = metav1.NewTime(time.Unix(9, 0))
	s.GRPCRoutes = []*gateway.GRPCRoute{younger, modeltest.CallRoute("mixed", []gateway.GRPCRouteMatch{
		{}, withUser, call("", "List"), call("shop.Cart", ""), call("shop.Cart", "List"),
	}, modeltest.Share{Service: "front", Weight: 1})}
	var got []string
	for _, r := range portOfFront(t, model.Build(s), 81).Routes {
		got = append(got, r.Name)
	}
	if diff := cmp.Diff([]string{
		"shop/mixed/rule[0]/match[4]", "shop/mixed/rule[0]/match[3]", "shop/a-younger/rule[0]/match[0]", "shop/mixed/rule[0]/match[2]",
		"shop/mixed/rule[0]/match[1]", "shop/mixed/rule[0]/match[0]",
	}, got); diff != "" {
		t.Errorf("order of routes (-want +got):\n%s", diff)
	}
}

// A port has the routes of one kind. A GRPCRoute is for ports that speak gRPC, and goes before HTTPRoutes there, whatever
// their age; at the others nothing of it is seen.
func TestAGRPCRouteGoesBeforeAnHTTPRoute(t *testing.T) {
	s := speaking()
	s.Routes = []*gateway.HTTPRoute{modeltest.WeightedRoute(modeltest.Share{Service: "cart", Weight: 1})}
	calls := modeltest.CallRoute("calls", nil, modeltest.Share{Service: "front", Weight: 1})
	calls.CreationTimestamp = metav1.NewTime(time.Unix(9, 0))
	kinds := func(m *model.Model) (out [][]string) {
		for _, number := range []uint16{80, 81} {
			var of []string
			for _, stamp := range portOfFront(t, m, number).RouteStamps {
				of = append(of, stamp.Kind)
			}
			out = append(out, of)
		}
		return out
	}
	m := model.Build(s)
	if diff := cmp.Diff([][]string{{"HTTPRoute"}, {"HTTPRoute"}}, kinds(m)); diff != "" || len(m.Findings) > 0 {
		t.Errorf("without a GRPCRoute: findings %v, kinds (-want +got):\n%s", m.Findings, diff)
	}
	s.GRPCRoutes = []*gateway.GRPCRoute{calls}
	m = model.Build(s)
	if diff := cmp.Diff([][]string{{"HTTPRoute"}, {"GRPCRoute"}}, kinds(m)); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
	want := []model.Finding{{Kind: "HTTPRoute", Namespace: "shop", Name: "front", Fatal: true, Reason: model.ReasonConflicted, Field: "spec.parentRefs[0]"}}
	if diff := cmp.Diff(want, withoutMessages(m.Findings)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// What of a GRPCRoute can't be honoured is told with its field. A match that no call fits is left out, and one of which only a
// part is known refuses its calls.
func TestGRPCRoutesThatCantBeHonoured(t *testing.T) {
	expression, http := gateway.GRPCMethodMatchRegularExpression, gateway.PortNumber(80)
	withHeader := func(name string, kind *gateway.GRPCHeaderMatchType) gateway.GRPCRouteMatch {
		return gateway.GRPCRouteMatch{Headers: []gateway.GRPCHeaderMatch{{Name: gateway.GRPCHeaderName(name), Value: "x", Type: kind}}}
	}
	headerExpression := gateway.GRPCHeaderMatchRegularExpression
	for name, c := range map[string]struct {
		change        func(*gateway.GRPCRoute)
		reason, field string
		routes        int
		broken        bool
	}{
		"sound":               {func(*gateway.GRPCRoute) {}, "", "", 1, false},
		"a service with /":    {func(r *gateway.GRPCRoute) { r.Spec.Rules[0].Matches[0] = call("a/b", "") }, model.ReasonUnsupported, "spec.rules[0].matches[0]", 0, false},
		"a method with space": {func(r *gateway.GRPCRoute) { r.Spec.Rules[0].Matches[0] = call("", "G et") }, model.ReasonUnsupported, "spec.rules[0].matches[0]", 0, false},
		"no such header":      {func(r *gateway.GRPCRoute) { r.Spec.Rules[0].Matches[0] = withHeader("a b", nil) }, model.ReasonUnsupported, "spec.rules[0].matches[0]", 0, false},
		"a header by expression": {func(r *gateway.GRPCRoute) { r.Spec.Rules[0].Matches[0] = withHeader("a", &headerExpression) },
			model.ReasonUnsupported, "spec.rules[0].matches[0]", 1, true},
		"a method by expression": {func(r *gateway.GRPCRoute) { r.Spec.Rules[0].Matches[0].Method.Type = &expression }, model.ReasonUnsupported, "spec.rules[0].matches[0]", 1, true},
		"filters":                {func(r *gateway.GRPCRoute) { r.Spec.Rules[0].Filters = make([]gateway.GRPCRouteFilter, 1) }, model.ReasonUnsupported, "spec.rules[0].filters", 1, true},
		"filters of a share": {func(r *gateway.GRPCRoute) {
			r.Spec.Rules[0].BackendRefs[0].Filters = make([]gateway.GRPCRouteFilter, 1)
		}, model.ReasonUnsupported, "spec.rules[0].backendRefs[0]", 1, false},
		"no backend":         {func(r *gateway.GRPCRoute) { r.Spec.Rules[0].BackendRefs = nil }, model.ReasonNoBackends, "spec.rules[0].backendRefs", 1, true},
		"a port with HTTP/1": {func(r *gateway.GRPCRoute) { r.Spec.ParentRefs[0].Port = &http }, model.ReasonParentNotHTTP, "spec.parentRefs[0].port", 0, false},
	} {
		s := speaking()
		s.GRPCRoutes = []*gateway.GRPCRoute{modeltest.CallRoute("calls", []gateway.GRPCRouteMatch{call("shop.Cart", "List")}, modeltest.Share{Service: "front", Weight: 1})}
		c.change(s.GRPCRoutes[0])
		m := model.Build(s)
		routes := portOfFront(t, m, 81).Routes
		if len(routes) != c.routes || len(routes) > 0 && routes[0].Broken != c.broken {
			t.Errorf("%s: routes %+v, want %d, broken %v", name, routes, c.routes, c.broken)
		}
		var want []model.Finding
		if c.reason != "" {
			want = []model.Finding{{Kind: "GRPCRoute", Namespace: "shop", Name: "calls", Fatal: c.routes == 0, Reason: c.reason, Field: c.field}}
		}
		if diff := cmp.Diff(want, withoutMessages(m.Findings)); diff != "" {
			t.Errorf("%s: findings (-want +got):\n%s", name, diff)
		}
	}
}
