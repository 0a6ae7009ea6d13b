package xds_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"
	gateway "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
	"github.com/weft-mesh/weft/internal/translate/xds"
	"github.com/weft-mesh/weft/internal/translate/xds/xdstest"
)

// canaryShare is the weight of front's new version on the first route that a request fits, of 100; -1: it fits none.
func canaryShare(config *route.RouteConfiguration, r modeltest.Request) int {
	method, target, headers := r.Method, r.Target, map[string][]string{}
	if method == "" {
		method = http.MethodGet
	}
	if target == "" {
		target = "/"
	}
	for _, h := range r.Headers {
		headers[strings.ToLower(h[0])] = []string{h[1]}
	}
	for _, at := range config.VirtualHosts[0].Routes {
		if xdstest.Matches(at.Match, method, target, headers) {
			return int(weightsIn(at.GetRoute(), 100)["shop/front/80/version=v2"])
		}
	}
	return -1
}

// focusedOn has a Canary of front at a weight for requests that fit a match.
func focusedOn(weight int32, matches ...v1alpha1.RequestMatch) snapshot.Snapshot {
	s := versions(1, 1)
	s.Canaries = []*v1alpha1.Canary{modeltest.CanaryAt("front", weight)}
	s.Canaries[0].Status.Run.Match = matches
	return s
}

// Requests in the focus get the weight, those that look alike get the stable version only. It is the same where an HTTPRoute
// has a path of its own [D06 D07 D20 D23].
func TestFocusByEveryKindOfMatch(t *testing.T) {
	for _, c := range modeltest.FocusCases() {
		s := focusedOn(30, c.Match)
		if f := problems(s); len(f) > 0 {
			t.Errorf("%s: %v", c.Name, f)
		}
		routed := s
		routed.Routes = []*gateway.HTTPRoute{modeltest.WeightedRoute(modeltest.Share{Service: "front", Weight: 1})}
		kind, prefix := gateway.PathMatchPathPrefix, "/"
		routed.Routes[0].Spec.Rules[0].Matches = []gateway.HTTPRouteMatch{{Path: &gateway.HTTPPathMatch{Type: &kind, Value: &prefix}}}
		for _, s := range []snapshot.Snapshot{s, routed} {
			config := routesFor(t, s, "shop/front/80")
			for _, r := range c.In {
				if got := canaryShare(config, r); got != 30 {
					t.Errorf("%s: %+v gets %d%%, want 30%%", c.Name, r, got)
				}
			}
			for _, r := range c.Out {
				if got := canaryShare(config, r); got != 0 {
					t.Errorf("%s: %+v gets %d%%, want none", c.Name, r, got)
				}
			}
		}
	}
}

func problems(s snapshot.Snapshot) []model.Finding {
	s.Canaries[0].Spec.Match = s.Canaries[0].Status.Run.Match
	return model.Build(s).Findings
}

// The rules of the user keep their order; within each of them the focus comes first and the rest of it last, so no request
// of a rule is left without a version [D21].
func TestTheFocusKeepsTheOrderOfRules(t *testing.T) {
	s := focusedOn(50, v1alpha1.RequestMatch{Headers: []v1alpha1.NamedMatch{{Name: "x-user", Exact: "ada"}}})
	s.Services = append(s.Services, modeltest.WebService("shop", "cart", 2))
	r := modeltest.WeightedRoute(modeltest.Share{Service: "front", Weight: 1})
	toCart := modeltest.WeightedRoute(modeltest.Share{Service: "cart", Weight: 1}).Spec.Rules[0]
	exact, prefix := gateway.PathMatchExact, gateway.PathMatchPathPrefix
	path := func(kind gateway.PathMatchType, value string) []gateway.HTTPRouteMatch {
		return []gateway.HTTPRouteMatch{{Path: &gateway.HTTPPathMatch{Type: &kind, Value: &value}}}
	}
	r.Spec.Rules[0].Matches, toCart.Matches = path(prefix, "/a"), path(exact, "/a/cart")
	r.Spec.Rules = append(r.Spec.Rules, toCart)
	s.Routes = []*gateway.HTTPRoute{r}
	var got []string
	config := routesFor(t, s, "shop/front/80")
	for _, at := range config.VirtualHosts[0].Routes {
		text := at.Match.GetPath() + at.Match.GetPathSeparatedPrefix()
		for _, h := range at.Match.Headers {
			text += " " + h.Name
		}
		got = append(got, text)
	}
	if diff := cmp.Diff([]string{"/a/cart", "/a x-user", "/a"}, got); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
	ada := [][2]string{{"X-User", "ada"}}
	for target, want := range map[string]int{"/a": 50, "/a/cart": 0, "/b": -1} {
		if share := canaryShare(config, modeltest.Request{Target: target, Headers: ada}); share != want {
			t.Errorf("%s: %d%%, want %d%%", target, share, want)
		}
	}
	if share := canaryShare(config, modeltest.Request{Target: "/a"}); share != 0 {
		t.Errorf("others get %d%% of the new version", share)
	}
}

// A route per proxy: callers in the region get the focus, all others, and those of no known region, don't have it [D05].
func TestFocusByTheCallersRegion(t *testing.T) {
	for _, elsewhere := range []bool{false, true} {
		s := focusedOn(30, v1alpha1.RequestMatch{Region: &v1alpha1.RegionMatch{AnyOf: []string{"eu", "us"}, Not: elsewhere}})
		for _, set := range xds.Build(model.Build(s)) {
			r := set.Resource(xds.ID{TypeURL: xds.RouteType, Name: "shop/front/80"})
			for place, in := range map[model.Place]bool{
				{Region: "eu", Zone: "eu-1"}: true, {Region: "us"}: true, {Region: "ap", Zone: "eu"}: false, {}: false,
			} {
				config := &route.RouteConfiguration{}
				if err := r.At(place).Body.UnmarshalTo(config); err != nil {
					t.Fatal(err)
				}
				want := 0
				if in != elsewhere {
					want = 30
				}
				if got := canaryShare(config, modeltest.Request{}); got != want || len(config.VirtualHosts[0].Routes) != 1 {
					t.Errorf("elsewhere %v: at %+v %d%% by %d routes, want %d%%", elsewhere, place, got, len(config.VirtualHosts[0].Routes), want)
				}
			}
		}
	}
}

// What a caller in a region gets changes the version of the resource, which is all that a stream looks at.
func TestAVersionOfRoutesTellsOfEveryRegion(t *testing.T) {
	of := func(s snapshot.Snapshot) *xds.Resource {
		for _, set := range xds.Build(model.Build(s)) {
			return set.Resource(xds.ID{TypeURL: xds.RouteType, Name: "shop/front/80"})
		}
		return nil
	}
	eu := v1alpha1.RequestMatch{Region: &v1alpha1.RegionMatch{AnyOf: []string{"eu"}}}
	was, is := of(focusedOn(30, eu)), of(focusedOn(40, eu))
	if was.Version == is.Version || was.At(model.Place{Region: "eu"}).Version == is.At(model.Place{Region: "eu"}).Version {
		t.Error("another weight in a region left the version as it was")
	}
}

// On a TCP port there is nothing to look at, so no connection is in a focus; a promoted version gets them all [D23].
func TestConnectionsAreOutsideOfTheFocus(t *testing.T) {
	for weight, want := range map[int32]string{50: "version=v1", 100: "version=v2"} {
		s := focusedOn(weight, v1alpha1.RequestMatch{Headers: []v1alpha1.NamedMatch{{Name: "x-user"}}})
		s.Services[0].Spec.Ports = append(s.Services[0].Spec.Ports, corev1.ServicePort{Name: "tcp", Port: 9000})
		shares := connectionShares(connectionsOf(t, s, "shop/front/9000"))
		if diff := cmp.Diff(map[string]uint32{"shop/front/9000/" + want: 100}, shares); diff != "" {
			t.Errorf("at %d%% (-want +got):\n%s", weight, diff)
		}
	}
}

// An expression about a part of the URL sees that part and no more: it fits as it would fit the text alone, whatever comes
// behind it. One that asks for the end of the text in the middle of it is refused [D07].
func TestExpressionsStayWithinTheirPart(t *testing.T) {
	piece := rapid.SampledFrom([]string{"a", "b", ".", "[^a]", "a?", ".*", "(a|b)+", `\w`, `\W*`, "(?i:A)", "^a", "b$", `[\s\S]`, "&", `\?`, "(?s:.)"})
	text := rapid.StringOfN(rapid.SampledFrom([]rune("abAX-")), 0, 4, -1)
	rapid.Check(t, func(t *rapid.T) {
		expression := strings.Join(rapid.SliceOfN(piece, 1, 3).Draw(t, "expression"), "")
		value, behind := text.Draw(t, "value"), text.Draw(t, "behind")
		whole, err := regexp.Compile("^(?:" + expression + ")$")
		if err != nil {
			t.Fatal(err)
		}
		query := v1alpha1.RequestMatch{Query: []v1alpha1.NamedMatch{{Name: "p", Regex: expression}}}
		path := v1alpha1.RequestMatch{Path: &v1alpha1.TextMatch{Regex: "/" + expression}}
		for _, c := range []struct {
			match   v1alpha1.RequestMatch
			targets []string
		}{
			{query, []string{"/?p=" + value, "/?p=" + value + "&q=" + behind, "/?q=" + behind + "&p=" + value + "&" + behind}},
			{path, []string{"/" + value, "/" + value + "?q=" + behind}},
		} {
			s := focusedOn(30, c.match)
			if refused := problems(s); len(refused) > 0 {
				if !strings.ContainsAny(expression, "^$") {
					t.Fatalf("%s: %v", expression, refused)
				}
				continue
			}
			want, config := 0, routesFor(t, s, "shop/front/80")
			if whole.MatchString(value) {
				want = 30
			}
			for _, target := range c.targets {
				if got := canaryShare(config, modeltest.Request{Target: target}); got != want {
					t.Fatalf("%s of %q is %d, want %d: %v", expression, target, got, want, config.VirtualHosts[0].Routes[0].Match)
				}
			}
		}
	})
}
