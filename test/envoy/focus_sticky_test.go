package envoy

import (
	"testing"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model/modeltest"
)

// TestStickyUsersInTheFocusOnTheWire has the weight rise in a focus, then for everyone, with a preview beside it. Who has met
// the new version stays with it; who is outside of the focus meets it only when it is for everyone [D04 D23].
func TestStickyUsersInTheFocusOnTheWire(t *testing.T) {
	w, met := newWire(t), map[string]bool{}
	const each = 400
	tester := v1alpha1.RequestMatch{Headers: []v1alpha1.NamedMatch{{Name: "x-tester"}}}
	insider := v1alpha1.RequestMatch{Cookies: []v1alpha1.NamedMatch{{Name: "insider", Exact: "yes"}}}
	groups := map[string][2]string{"testers": {"X-Tester", "1"}, "insiders": {"Cookie", "insider=yes"}, "others": {"X-Other", "1"}}
	for _, step := range []struct {
		weight   int32
		everyone bool
		shares   map[string]float64
	}{
		{0, false, map[string]float64{"testers": 0, "insiders": 1, "others": 0}},
		{10, false, map[string]float64{"testers": .1, "insiders": 1, "others": 0}},
		{50, false, map[string]float64{"testers": .5, "insiders": 1, "others": 0}},
		{60, true, map[string]float64{"testers": .6, "insiders": 1, "others": .6}},
		{100, false, map[string]float64{"testers": 1, "insiders": 1, "others": 1}},
	} {
		s := w.focused(step.weight, tester)
		s.Services[0].Annotations = map[string]string{v1alpha1.AnnotationStickyHeader: "x-user"}
		c := s.Canaries[0]
		c.Status.Run.Preview, c.Status.Weight.Preview, c.Status.Weight.Everyone = []v1alpha1.RequestMatch{insider}, true, step.everyone
		w.publish(t, s)
		for group, header := range groups {
			in := 0
			for i := range each {
				user := group + userName(i)
				version := versionOf(w.ask(t, modeltest.Request{Headers: [][2]string{header, {"X-User", user}}}))
				if version == "v2" {
					in++
				} else if met[user] {
					t.Errorf("at %d%% %s has left the new version for %s", step.weight, user, version)
				}
				met[user] = met[user] || version == "v2"
			}
			if !plausible(in, each, step.shares[group]) {
				t.Errorf("at %d%% %d of %d %s meet the new version, want a share of %v", step.weight, in, each, group, step.shares[group])
			}
		}
	}
}
