package model_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	gateway "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/weft-mesh/weft/internal/model"
)

// A match that no request fits is told and left out. What else the HTTPRoute has goes on; if that is nothing, the Service
// is called as if there were no HTTPRoute [A22].
func TestMatchesThatNoRequestFits(t *testing.T) {
	exact, prefix, regex := gateway.PathMatchExact, gateway.PathMatchPathPrefix, gateway.PathMatchRegularExpression
	path := func(kind *gateway.PathMatchType, value string) gateway.HTTPRouteMatch {
		return gateway.HTTPRouteMatch{Path: &gateway.HTTPPathMatch{Type: kind, Value: &value}}
	}
	header := func(name, value string) gateway.HTTPRouteMatch {
		return gateway.HTTPRouteMatch{Headers: []gateway.HTTPHeaderMatch{{Name: gateway.HTTPHeaderName(name), Value: value}}}
	}
	method := func(name string) gateway.HTTPRouteMatch {
		m := gateway.HTTPMethod(name)
		return gateway.HTTPRouteMatch{Method: &m}
	}
	for name, c := range map[string]struct {
		match                gateway.HTTPRouteMatch
		impossible, answers5 bool
	}{
		"a name with a space":       {header("a b", "x"), true, false},
		"a name with a line break":  {header("a\n", "x"), true, false},
		"a name beyond ASCII":       {header("süd", "x"), true, false},
		"no name":                   {header("", "x"), true, false},
		"a pseudo header":           {header(":path", "/"), true, false},
		"a value with a line break": {header("user", "a\r\nb"), true, false},
		"a header":                  {header("X-User_1", "a b"), false, false},
		"no path":                   {path(&exact, "a"), true, false},
		"a path with a query":       {path(&prefix, "/a?b"), true, false},
		"a path":                    {path(nil, "/a"), false, false},
		"a method with a space":     {method("G E T"), true, false},
		"a method":                  {method("PURGE"), false, false},
		"an expression is possible": {path(&regex, "a?"), false, true},
	} {
		for _, lone := range []bool{true, false} {
			s := twoBackends("front", "cart")
			rule := &s.Routes[0].Spec.Rules[0]
			rule.Matches = []gateway.HTTPRouteMatch{c.match}
			if !lone {
				rule.Matches = append(rule.Matches, header("other", "x"))
			}
			m := model.Build(s)
			front, _ := m.Service(frontKey)
			port := front.Ports[0]
			attached, routes := !c.impossible || !lone, len(rule.Matches)
			if c.impossible {
				routes--
			}
			if got := len(port.RouteStamps) > 0; got != attached || len(port.Routes) != routes {
				t.Errorf("%s, alone %v: attached %v with %d routes, want %v with %d", name, lone, got, len(port.Routes), attached, routes)
			}
			for _, r := range port.Routes {
				if broken := r.Name == "shop/front/rule[0]/match[0]" && c.answers5; r.Broken != broken {
					t.Errorf("%s, alone %v: route %s is answered with 500: %v", name, lone, r.Name, r.Broken)
				}
			}
			var want []model.Finding
			if c.impossible || c.answers5 {
				want = []model.Finding{{
					Kind: "HTTPRoute", Namespace: "shop", Name: "front", Fatal: c.impossible && lone,
					Reason: model.ReasonUnsupported, Field: "spec.rules[0].matches[0]",
				}}
			}
			if diff := cmp.Diff(want, withoutMessages(m.Findings)); diff != "" {
				t.Errorf("%s, alone %v: findings (-want +got):\n%s", name, lone, diff)
			}
		}
	}
}

// A time-out that is none is not the same as no time-out.
func TestTimeoutsThatAreNone(t *testing.T) {
	for text, want := range map[gateway.Duration]time.Duration{"2s": 2 * time.Second, "0s": 0, "soon": -1, "-1s": -1, "": -1} {
		s := twoBackends("front", "cart")
		s.Routes[0].Spec.Rules[0].Timeouts = &gateway.HTTPRouteTimeouts{Request: &text}
		m := model.Build(s)
		front, _ := m.Service(frontKey)
		route := front.Ports[0].Routes[0]
		if route.Broken != (want < 0) || route.Timeout != max(want, 0) {
			t.Errorf("time-out %q: broken %v, %s", text, route.Broken, route.Timeout)
		}
		if told := len(m.Findings) == 1 && m.Findings[0].Field == "spec.rules[0].timeouts"; told != (want < 0) {
			t.Errorf("time-out %q: findings %v", text, m.Findings)
		}
	}
}
