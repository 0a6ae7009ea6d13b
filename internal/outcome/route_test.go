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
		name, got := SplitRoute(Route("shop", "reviews", edges))
		if name != "judged/shop/reviews" || !slices.Equal(got, edges) {
			r.Fatalf("%v became %v of %q", edges, got, name)
		}
	})
}

func TestEdgesThatCantBeReadAreNone(t *testing.T) {
	for _, route := range []string{
		"judged/shop/reviews/", "judged/shop/reviews/soon", "judged/shop/reviews/-1s", "judged/shop/reviews/1s,1s",
		"judged/shop/reviews/1s,2s,3s,4s,5s,6s", "judged/shop/reviews/1s/2s",
	} {
		if name, edges := SplitRoute(route); name != "judged/shop/reviews" || edges != nil {
			t.Errorf("%s: %q with %v", route, name, edges)
		}
	}
}
