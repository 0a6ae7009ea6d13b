package model_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
)

// spread has pods by the name of their zone. The first letter of a zone's name is its region's.
func spread(zones string) model.Endpoints {
	e := model.Endpoints{Near: true, Retried: true}
	for i, zone := range strings.Fields(zones) {
		e.Items = append(e.Items, model.Endpoint{Pod: fmt.Sprintf("%s-%d", zone, i), Place: zoneOf(zone), Weight: 1})
	}
	return e
}

func zoneOf(zone string) model.Place {
	if zone == "?" {
		return model.Place{}
	}
	return model.Place{Region: zone[:1], Zone: zone}
}

// told are the zones of each level, sorted.
func told(levels [][]model.Endpoint) (out []string) {
	for _, level := range levels {
		var zones []string
		for _, e := range level {
			zones = append(zones, e.Place.Zone)
		}
		slices.Sort(zones)
		out = append(out, strings.Join(zones, " "))
	}
	return out
}

func TestLevels(t *testing.T) {
	for name, c := range map[string]struct {
		reason string
		pods   string
		at     model.Place
		want   []string
	}{
		"zone first":          {"then the region, then the rest", "a1 a2 b1", zoneOf("a1"), []string{"a1", "a2", "b1"}},
		"one of three":        {"each zone has its share", "a1 a2 a3", zoneOf("a2"), []string{"a2", "a1 a3"}},
		"too few":             {"one of nine would get half of the calls", "a1 a2 a2 a2 a2 a2 a2 a2 a2", zoneOf("a1"), []string{"a1 a2 a2 a2 a2 a2 a2 a2 a2"}},
		"enough":              {"half of the average is enough", "a1 a2 a2 a2", zoneOf("a1"), []string{"a1", "a2 a2 a2"}},
		"another zone":        {"where there is no pod the region counts", "a1 a2 b1 b2", zoneOf("a9"), []string{"a1 a2", "b1 b2"}},
		"another region":      {"nothing is near", "a1 a2", zoneOf("c1"), []string{"a1 a2"}},
		"one zone":            {"nothing is far", "a1 a1", zoneOf("a1"), []string{"a1 a1"}},
		"the caller is lost":  {"its node has no labels", "a1 a2", model.Place{}, []string{"a1 a2"}},
		"a pod is lost":       {"it is not near", "a1 ?", zoneOf("a1"), []string{"a1", ""}},
		"too few in a region": {"the region is no level, the zone neither", "a1 b1 b1 b1 b2 b2 b2", zoneOf("a1"), []string{"a1 b1 b1 b1 b2 b2 b2"}},
		"nothing":             {"no pod", "", zoneOf("a1"), []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, told(spread(c.pods).Levels(c.at))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
		})
	}
	lone := spread("a1 a2 a2")
	lone.Retried = false
	if diff := cmp.Diff([]string{"a1 a2 a2"}, told(lone.Levels(zoneOf("a1")))); diff != "" {
		t.Errorf("a TCP session that a lone pod does not take goes nowhere else (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a1", "a2 a2"}, told(spread("a1 a2 a2").Levels(zoneOf("a1")))); diff != "" {
		t.Errorf("a request does (-want +got):\n%s", diff)
	}
	far := spread("a1 a2")
	far.Near = false
	if diff := cmp.Diff([]string{"a1 a2"}, told(far.Levels(zoneOf("a1")))); diff != "" {
		t.Errorf("nobody asked for it (-want +got):\n%s", diff)
	}
}

// From wherever a call comes, each pod is in one level, and no level is empty beside others.
func TestLevelsLoseNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := modeltest.Random(t)
		for _, e := range model.BuildEndpoints(s, model.Build(s)) {
			for _, at := range append(e.Places(), model.Place{}, model.Place{Region: "1"}, model.Place{Zone: "2"}) {
				levels := e.Levels(at)
				all := slices.Concat(levels...)
				byPod := func(x, y model.Endpoint) int { return strings.Compare(x.Pod, y.Pod) }
				slices.SortFunc(all, byPod)
				if diff := cmp.Diff(slices.SortedFunc(slices.Values(e.Items), byPod), all, addresses); diff != "" && len(all)+len(e.Items) > 0 {
					t.Fatalf("at %+v (-want +got):\n%s", at, diff)
				}
				if len(levels) > 1 && slices.ContainsFunc(levels, func(l []model.Endpoint) bool { return len(l) == 0 }) {
					t.Fatalf("at %+v: an empty level among %d", at, len(levels))
				}
			}
		}
	})
}

func TestTrafficDistribution(t *testing.T) {
	for wish, want := range map[string]struct {
		near, told bool
	}{"PreferClose": {true, false}, "PreferSameZone": {true, false}, "PreferSameNode": {true, true}, "PreferMine": {false, true}} {
		s := shop()
		s.Services[0].Spec.TrafficDistribution = &wish
		m := model.Build(s)
		if m.Services[0].Near != want.near || len(m.Findings) == 1 != want.told {
			t.Errorf("%s: near %v, findings %+v", wish, m.Services[0].Near, m.Findings)
		}
	}
	if m := model.Build(shop()); m.Services[0].Near || m.PrefersNear("") {
		t.Error("near without a wish")
	}
}
