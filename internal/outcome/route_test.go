package outcome

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestRouteTellsItsEdges(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		edge := rapid.Custom(func(r *rapid.T) time.Duration {
			return time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(r, "edge"))
		})
		edges := rapid.SliceOfNDistinct(edge, 0, MaxEdges, rapid.ID).Draw(r, "edges")
		name, got := SplitRoute(Route("shop", "reviews", edges, false))
		if name != "judged/shop/reviews" || !slices.Equal(got, edges) {
			r.Fatalf("%v became %v of %q", edges, got, name)
		}
	})
}

// A name with the ladder stands for all rungs, and for each other edge once.
func TestRouteTellsItsRungs(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		edges := rapid.SliceOfNDistinct(rapid.OneOf(
			rapid.SampledFrom(Rungs()), rapid.SampledFrom([]time.Duration{time.Millisecond, 12 * time.Millisecond, 250 * time.Millisecond}),
		), 0, 4, rapid.ID).Draw(r, "edges")
		name, got := SplitRoute(Route("shop", "reviews", edges, true))
		slices.Sort(got)
		want := append(edges, Rungs()...)
		slices.Sort(want)
		if name != "judged/shop/reviews" || !slices.Equal(got, slices.Compact(want)) {
			r.Fatalf("%v and the rungs became %v of %q", edges, got, name)
		}
	})
}

func TestRungsRiseEvenly(t *testing.T) {
	rungs := Rungs()
	if first, last := rungs[0], rungs[len(rungs)-1]; first != 5*time.Millisecond || last != 30*time.Second || len(rungs) != 24 {
		t.Errorf("%d from %s to %s: %v", len(rungs), first, last, rungs)
	}
	for i, r := range rungs[1:] {
		if step := float64(r) / float64(rungs[i]); step < 1.3 || step > 1.7 {
			t.Errorf("%s is %g times %s", r, step, rungs[i])
		}
	}
}

func TestEdgesThatCantBeReadAreNone(t *testing.T) {
	for _, route := range []string{
		"judged/shop/reviews/", "judged/shop/reviews/soon", "judged/shop/reviews/-1s", "judged/shop/reviews/1s,1s",
		"judged/shop/reviews/1s,2s,3s,4s,5s,6s,7s,8s", "judged/shop/reviews/ladder,1s", "judged/shop/reviews/ladder,ladder", "judged/shop/reviews/1s/2s",
	} {
		if name, edges := SplitRoute(route); name != "judged/shop/reviews" || edges != nil {
			t.Errorf("%s: %q with %v", route, name, edges)
		}
	}
}
