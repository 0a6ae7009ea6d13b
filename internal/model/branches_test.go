package model_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"
	gateway "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
)

// request is what the focus of this file's Canaries looks at: two headers, which are there or not, and the caller's region.
type request struct {
	headers map[string]bool
	region  string
}

func (r request) holds(c model.Condition) bool { return r.headers[c.Name] != c.Not }

// in says whether a request fits one of some matches.
func (r request) in(matches []v1alpha1.RequestMatch) bool {
	return slices.ContainsFunc(matches, func(m v1alpha1.RequestMatch) bool {
		for _, h := range m.Headers {
			if r.headers[h.Name] == h.Not {
				return false
			}
		}
		return m.Region == nil || slices.Contains(m.Region.AnyOf, r.region) != m.Region.Not
	})
}

// branchOf is the first branch that a request fits.
func branchOf(branches []model.Branch, r request) (model.Branch, bool) {
	for _, b := range branches {
		if !slices.ContainsFunc(b.Match.Conditions, func(c model.Condition) bool { return !r.holds(c) }) {
			return b, true
		}
	}
	return model.Branch{}, false
}

func matchesOf(t *rapid.T, most int, what string) (out []v1alpha1.RequestMatch) {
	for range rapid.IntRange(0, most).Draw(t, what) {
		var m v1alpha1.RequestMatch
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"x", "y"}), 0, 2, rapid.ID[string]).Draw(t, "headers") {
			m.Headers = append(m.Headers, v1alpha1.NamedMatch{Name: name, Not: rapid.Bool().Draw(t, "not")})
		}
		if len(m.Headers) == 0 || rapid.Bool().Draw(t, "by region") {
			m.Region = &v1alpha1.RegionMatch{AnyOf: []string{rapid.SampledFrom([]string{"a", "b"}).Draw(t, "region")}, Not: rapid.Bool().Draw(t, "elsewhere")}
		}
		out = append(out, m)
	}
	return out
}

// Every request is divided by the user's weights times what its Canaries say about it: who is in the preview gets the new
// version, who is in the focus gets its share, and all others get the stable version. The shares are exact and their sum is
// the same for all, whatever the focus of each Canary of a route is [D20 D21 D23].
func TestEveryRequestIsDividedByItsOwnFocus(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, shares := modeltest.Shares(t)
		canaries := map[string]*v1alpha1.Canary{}
		for _, c := range s.Canaries {
			c.Status.Run.Match, c.Status.Run.Preview = matchesOf(t, 2, "matches"), matchesOf(t, 1, "previews")
			c.Status.Weight.Preview, c.Status.Weight.Everyone = rapid.Bool().Draw(t, "preview"), rapid.IntRange(0, 3).Draw(t, "everyone") == 0
			canaries[c.Name] = c
		}
		m := model.Build(s)
		front, _ := m.Service(frontKey)
		route := front.Ports[0].Routes[0]
		r := request{headers: map[string]bool{}, region: rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(t, "at")}
		for _, name := range []string{"x", "y"} {
			r.headers[name] = rapid.Bool().Draw(t, "has "+name)
		}
		got, found := branchOf(m.Branches(route, r.region), r)
		if !found {
			t.Fatalf("%+v fits no branch", r)
		}
		var want []model.Destination
		var sum, asked uint64
		for _, share := range shares {
			asked += uint64(share.Weight)
			at := model.Destination{Service: model.Key{Namespace: "shop", Name: share.Service}, Port: 80, Weight: share.Weight * 100}
			switch {
			case !share.Exists:
				want = append(want, model.Destination{Weight: share.Weight * 100})
			case share.Divided:
				of := shareOf(canaries[share.Service], r)
				at.Subset, at.Weight = "version=v1", share.Weight*(100-of)
				want = append(want, at)
				at.Subset, at.Weight = "version=v2", share.Weight*of
				want = append(want, at)
			default:
				want = append(want, at)
			}
		}
		if diff := cmp.Diff(want, got.Destinations); diff != "" {
			t.Fatalf("destinations of %+v (-want +got):\n%s", r, diff)
		}
		for _, d := range got.Destinations {
			sum += uint64(d.Weight)
		}
		if sum != 100*asked || sum > math.MaxUint32 {
			t.Fatalf("the shares sum to %d, want 100 times %d", sum, asked)
		}
	})
}

// shareOf is what the new version gets of requests like this one, in percent.
func shareOf(c *v1alpha1.Canary, r request) uint32 {
	run, w := c.Status.Run, c.Status.Weight
	switch {
	case w.Desired == 100:
		return 100
	case w.Preview && r.in(run.Preview):
		return 100
	case len(run.Match) == 0 || w.Everyone || r.in(run.Match):
		return uint32(w.Desired)
	}
	return 0
}

func header(name string) []v1alpha1.RequestMatch {
	return []v1alpha1.RequestMatch{{Headers: []v1alpha1.NamedMatch{{Name: name, Exact: "yes"}}}}
}

// Outcomes are reported where both versions get requests of the same kind, and copies are made of these: not of a preview,
// which has nothing beside it, and not of what is outside of the focus [D20 D23].
func TestOnlyWhatIsDividedIsCompared(t *testing.T) {
	s := frontAlone()
	s.Canaries = []*v1alpha1.Canary{modeltest.CanaryAt("front", 30)}
	c := s.Canaries[0]
	c.Status.Run.Preview, c.Status.Run.Match = header("insider"), header("tester")
	c.Status.Weight.Preview, c.Status.Weight.Mirror = true, 40
	m := model.Build(s)
	front, _ := m.Service(frontKey)
	type seen struct {
		conditions    int
		canary, judge string
		mirrored      uint32
	}
	var got []seen
	for _, b := range m.Branches(front.Default(front.Ports[0]), "") {
		is := seen{conditions: len(b.Match.Conditions), canary: fmt.Sprint(b.Destinations[1].Weight), mirrored: b.Mirror.Weight}
		if b.Judge != nil {
			is.judge = b.Judge.Stamp.Name
		}
		got = append(got, is)
	}
	want := []seen{{1, "100", "", 0}, {1, "30", "front", 40}, {0, "0", "", 0}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(seen{})); diff != "" {
		t.Errorf("preview, focus and others (-want +got):\n%s", diff)
	}
}

// Copies of what goes to another Service would reach a version that never saw such a request.
func TestMirrorNeedsARouteOfItsOwn(t *testing.T) {
	for other, mirrored := range map[string]bool{"front": true, "cart": false} {
		s := frontAlone()
		s.Services = append(s.Services, modeltest.WebService("shop", "cart", 2))
		s.Routes = []*gateway.HTTPRoute{modeltest.WeightedRoute(modeltest.Share{Service: "front", Weight: 1}, modeltest.Share{Service: other, Weight: 1})}
		s.Canaries = []*v1alpha1.Canary{modeltest.CanaryAt("front", 0)}
		s.Canaries[0].Status.Weight.Mirror = 50
		m := model.Build(s)
		front, _ := m.Service(frontKey)
		got := m.Branches(front.Ports[0].Routes[0], "")[0].Mirror
		noted := slices.ContainsFunc(m.Findings, func(f model.Finding) bool { return f.Kind == "Canary" && f.Reason == model.ReasonSharedRoute })
		if (got.Weight == 50 && got.Subset == "version=v2") != mirrored || noted == mirrored {
			t.Errorf("beside %s: mirrored to %+v, noted %v", other, got, noted)
		}
	}
}

// A route with many Canaries that all have a large focus would be divided into too many parts. The ones that don't fit give
// none of its requests to their new version, and say so.
func TestAFocusThatDoesNotFitIsEmpty(t *testing.T) {
	s, shares := snapshot.Snapshot{Namespaces: frontAlone().Namespaces}, []modeltest.Share{}
	s.Services = append(s.Services, modeltest.WebService("shop", "front", 1))
	for i, name := range []string{"a", "b", "c", "d"} {
		s.Services = append(s.Services, modeltest.WebService("shop", name, i+2))
		c := modeltest.CanaryAt(name, 50)
		for j := range 6 {
			c.Status.Run.Match = append(c.Status.Run.Match, header(fmt.Sprint("x", j))...)
		}
		s.Canaries = append(s.Canaries, c)
		shares = append(shares, modeltest.Share{Service: name, Weight: 1})
	}
	s.Routes = []*gateway.HTTPRoute{modeltest.WeightedRoute(shares...)}
	m := model.Build(s)
	front, _ := m.Service(frontKey)
	branches := m.Branches(front.Ports[0].Routes[0], "")
	if len(branches) != 49 {
		t.Errorf("%d branches, want 7 times 7", len(branches))
	}
	first := branches[0].Destinations
	for i, want := range []uint32{50, 50, 50, 50, 100, 0, 100, 0} {
		if first[i].Weight != want {
			t.Errorf("who is in every focus gets %+v, want the weight %d", first[i], want)
		}
	}
	var told []string
	for _, f := range m.Findings {
		if f.Field == "spec.match" {
			told = append(told, f.Name)
		}
	}
	if diff := cmp.Diff([]string{"c", "d"}, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func frontAlone() snapshot.Snapshot {
	return snapshot.Snapshot{
		Namespaces: []*corev1.Namespace{{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}},
		Services:   []*corev1.Service{modeltest.WebService("shop", "front", 1)},
	}
}
