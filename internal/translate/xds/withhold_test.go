package xds_test

import (
	"maps"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
	gateway "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// fault is something that Envoy would refuse, and that the model let through.
type fault struct {
	what  string
	spoil func(*model.Model, []model.Endpoints) bool // false: there is nothing to spoil
	// blamed is the kind that is told.
	blamed string
	// of says whether a resource is made of what was spoiled.
	of func(xds.ID) bool
}

func faults(t *rapid.T, m *model.Model) []fault {
	service := &m.Services[rapid.IntRange(0, len(m.Services)-1).Draw(t, "service")]
	port := &service.Ports[rapid.IntRange(0, len(service.Ports)-1).Draw(t, "port")]
	key, cluster := service.Key, xds.ClusterName(service.Key, port.Number, "")
	ofService := func(id xds.ID) bool { return strings.HasPrefix(id.Name, key.String()+"/") }
	ofPort := func(id xds.ID) bool { return id.Name == cluster || strings.HasPrefix(id.Name, cluster+"/") }
	kindOfRoutes := model.KindHTTPRoute
	if len(port.RouteStamps) > 0 {
		kindOfRoutes = port.RouteStamps[0].Kind
	}
	at, number := func(m *model.Model) *model.Service { s, _ := m.Service(key); return s }, port.Number
	return []fault{
		{"a header that no request has", func(m *model.Model, _ []model.Endpoints) bool {
			p, _ := at(m).Port(number)
			if len(p.Routes) == 0 {
				return false
			}
			p.Routes[0].Match.Headers = []model.HeaderMatch{{Name: "a\nb", Value: "x"}}
			return true
		}, kindOfRoutes, ofPort},
		{"an address of one link only", func(m *model.Model, _ []model.Endpoints) bool {
			at(m).VIPs = append(at(m).VIPs, netip.MustParseAddr("fe80::1%eth0"))
			return true
		}, "Service", func(id xds.ID) bool { return strings.Contains(id.Name, "fe80") }},
		{"an account that is not UTF-8", func(m *model.Model, _ []model.Endpoints) bool {
			at(m).Accounts = []model.Identity{{Namespace: "shop", Account: "\xff"}}
			return true
		}, "Service", ofService},
		{"a rule that is not UTF-8", func(m *model.Model, _ []model.Endpoints) bool {
			for _, w := range m.Workloads {
				for i, rule := range w.Envoy.Rules {
					asked := func(p model.InboundPort) bool { return p.Protocol.IsHTTP() && p.Port != 15006 && rule.Covers(p.Port) }
					if w.Envoy.Isolated && len(rule.From) > 0 && slices.ContainsFunc(w.Inbound, asked) {
						w.Envoy.Rules[i].Name = "\xff"
						return true
					}
				}
			}
			return false
		}, "Policy", func(id xds.ID) bool { return id.TypeURL == xds.FilterType }},
		{"endpoints whose weights 32 bits don't hold", func(_ *model.Model, all []model.Endpoints) bool {
			for i := range all {
				if all[i].Service == key && neighbours(all[i].Items) {
					all[i].Items = slices.Clone(all[i].Items)
					for j := range all[i].Items {
						all[i].Items[j].Weight = math.MaxUint32
					}
					return true
				}
			}
			return false
		}, "Service", ofService},
	}
}

// One faulty object among many never changes the bytes of the others: they are as if it were sound. Of what is faulty,
// that stays which was there before, or nothing is there. All that is given out is valid, and the finding names the
// object [A22].
func TestAFaultIsWithheldAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := modeltest.Random(t), modeltest.Random(t)
		last := model.Build(before)
		sound, spoiled := model.Build(after), model.Build(after)
		if len(sound.Services) == 0 || len(sound.Workloads) == 0 {
			t.Skip("nothing to spoil")
		}
		endpoints := model.BuildEndpoints(after, sound)
		spoiledEndpoints := slices.Clone(endpoints)
		possible := slices.DeleteFunc(faults(t, sound), func(f fault) bool { return !f.spoil(model.Build(after), slices.Clone(endpoints)) })
		f := possible[rapid.IntRange(0, len(possible)-1).Draw(t, "fault")]
		f.spoil(spoiled, spoiledEndpoints)

		b := new(xds.Builder)
		lastSets, lastEndpoints := b.Build(last), b.Endpoints(model.BuildEndpoints(before, last))
		if found := b.Findings(); len(found) > 0 {
			t.Fatalf("findings of a sound world: %v", found)
		}
		sets, assignments := b.Build(spoiled), b.Endpoints(spoiledEndpoints)
		for key, want := range xds.Build(sound) {
			got := sets[key]
			for id, r := range want.All() {
				if !f.of(id) && (id.TypeURL != xds.FilterType || named(got, id.Name)) {
					same(t, f, id, got.Resource(id), r)
				}
			}
			for id, r := range got.All() {
				valid(t, r)
				if want.Resource(id) == nil && !f.of(id) {
					t.Fatalf("%s: %v is there, and would not be without the fault", f.what, id)
				}
				if was := lastSets[key]; was != nil && f.of(id) && want.Resource(id) != nil && r.Version != want.Resource(id).Version {
					same(t, f, id, r, was.Resource(id))
				}
			}
		}
		for name, r := range xds.Endpoints(endpoints) {
			id := xds.ID{TypeURL: xds.EndpointType, Name: name}
			if got := assignments[name]; !f.of(id) {
				same(t, f, id, got, r)
			} else if got != nil && got.Version != r.Version {
				same(t, f, id, got, lastEndpoints[name])
			}
		}
		checkTold(t, f, b.Findings())
		b.Build(sound)
		b.Endpoints(endpoints)
		if found := b.Findings(); len(found) > 0 {
			t.Fatalf("%s: findings after it was repaired: %v", f.what, found)
		}
	})
}

// neighbours says that two endpoints are at one place: the sum of the weights is that of a place.
func neighbours(items []model.Endpoint) bool {
	places := map[model.Place]bool{}
	for _, e := range items {
		places[e.Place] = true
	}
	return len(places) < len(items)
}

func same(t *rapid.T, f fault, id xds.ID, got, want *xds.Resource) {
	if got == nil || want == nil || got.Version != want.Version {
		t.Fatalf("%s: %v is not as it should be; there %v, wanted %v", f.what, id, got != nil, want != nil)
	}
}

func checkTold(t *rapid.T, f fault, found []model.Finding) {
	if len(found) == 0 {
		t.Fatalf("%s: no finding", f.what)
	}
	for _, finding := range found {
		if finding.Kind != f.blamed || finding.Reason != model.ReasonWithheld || finding.Field == "" || finding.Message == "" || finding.Fatal {
			t.Fatalf("%s: finding %+v, want one of kind %s", f.what, finding, f.blamed)
		}
	}
}

// Of two rules that share a port, the faulty one is told. No proxy counts as having applied its HTTPRoute, nor the Canary
// whose weight is withheld with it; what was there before stays.
func TestWithheldIsNotApplied(t *testing.T) {
	s := versions(1, 1)
	s.Services = append(s.Services, modeltest.WebService("shop", "cart", 2))
	s.Canaries = []*v1alpha1.Canary{modeltest.CanaryAt("front", 10)}
	s.Routes = []*gateway.HTTPRoute{modeltest.WeightedRoute(modeltest.Share{Service: "front", Weight: 1})}
	user := gateway.HTTPHeaderMatch{Name: "user", Value: "x"}
	s.Routes[0].Spec.Rules = append(s.Routes[0].Spec.Rules, s.Routes[0].Spec.Rules[0])
	s.Routes[0].Spec.Rules[1].Matches = []gateway.HTTPRouteMatch{{Headers: []gateway.HTTPHeaderMatch{user}}}
	id := xds.ID{TypeURL: xds.RouteType, Name: "shop/front/80"}
	key := model.Key{Namespace: "shop", Name: "front-v1@front"}

	b := new(xds.Builder)
	was := b.Build(model.Build(s))[key].Resource(id)
	next := s.Routes[0].DeepCopy()
	next.Generation = 2
	s.Routes, s.Canaries = []*gateway.HTTPRoute{next}, []*v1alpha1.Canary{modeltest.CanaryAt("front", 20)}
	s.Canaries[0].Status.Position.Sequence = 2
	spoil := func(m *model.Model) *model.Model {
		front, _ := m.Service(model.Key{Namespace: "shop", Name: "front"})
		for i := range front.Ports[0].Routes {
			if len(front.Ports[0].Routes[i].Match.Headers) > 0 {
				front.Ports[0].Routes[i].Match.Headers[0].Name = "user\n"
			}
		}
		return m
	}
	set := b.Build(spoil(model.Build(s)))[key]
	if set.Resource(id) != was {
		t.Error("the routes before are not kept")
	}
	want := []model.Finding{{Kind: "HTTPRoute", Namespace: "shop", Name: "front", Field: "spec.rules[1].matches[0]", Reason: model.ReasonWithheld}}
	got := b.Findings()
	for i := range got {
		if !strings.Contains(got[i].Message, "keep what they had") {
			t.Errorf("message %q", got[i].Message)
		}
		got[i].Message = ""
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	for _, uid := range []string{"route", "canary of front"} {
		if version := versionsOf(set)[uid]; version == "2" || version == "" {
			t.Errorf("who holds the set has %s in version %q", uid, version)
		}
	}

	fresh := new(xds.Builder)
	alone := fresh.Build(spoil(model.Build(s)))[key]
	if alone.Resource(id) != nil || alone.Resource(xds.ID{TypeURL: xds.ClusterType, Name: "shop/front/80"}) == nil {
		t.Error("without a version before, the routes are to be left out, and nothing else")
	}
	if found := fresh.Findings(); len(found) != 1 || !strings.Contains(found[0].Message, "nothing is sent") {
		t.Errorf("findings %v", found)
	}
	repaired := b.Build(model.Build(s))[key]
	for _, uid := range []string{"route", "canary of front"} {
		if version := versionsOf(repaired)[uid]; version != "2" {
			t.Errorf("after the repair %s has the version %q, want 2", uid, version)
		}
	}
}

func versionsOf(set *xds.Set) map[string]string {
	out := map[string]string{}
	for _, part := range set.Versions() {
		maps.Copy(out, part)
	}
	return out
}

// A workload without a Policy has nobody else to blame.
func TestAWorkloadIsToldOfItsPorts(t *testing.T) {
	m := model.Build(versions(1, 0))
	m.Workloads[0].Account.Account = "\xff"
	m.Workloads[0].Name = "front-v1@\xff"
	b := new(xds.Builder)
	b.Build(m)
	found := b.Findings()
	if len(found) == 0 {
		t.Error("nobody is told")
	}
	for _, f := range found {
		if f.Kind != "Workload" || f.Name != "front-v1" || !utf8.ValidString(f.Message) {
			t.Errorf("finding %+v, want one of the workload front-v1", f)
		}
	}
}
