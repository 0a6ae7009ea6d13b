package pushed

import (
	"cmp"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/weft-mesh/weft/internal/protocol/peerv1"
)

// Kinds of series.
const (
	gauge = peerv1.Series_KIND_GAUGE
	total = peerv1.Series_KIND_TOTAL
	added = peerv1.Series_KIND_ADDED
)

// Merge puts together what several replicas have received. Of what says the whole the newest counts; what says only what was
// added is added up.
func Merge(views []*peerv1.View) []*peerv1.Series {
	newest, out := map[string]*peerv1.Series{}, []*peerv1.Series(nil)
	sums := map[string][]*peerv1.Series{}
	for _, v := range views {
		for _, s := range v.GetPushed() {
			k := id(s)
			if s.Kind == added {
				sums[k] = append(sums[k], s)
			} else if other, found := newest[k]; !found || s.AtUnixNanos > other.AtUnixNanos {
				newest[k] = s
			}
		}
	}
	for _, s := range newest {
		out = append(out, s)
	}
	for _, parts := range sums {
		out = append(out, sum(parts))
	}
	slices.SortFunc(out, order)
	return out
}

func sum(parts []*peerv1.Series) *peerv1.Series {
	out := proto.CloneOf(parts[0])
	for _, p := range parts[1:] {
		plus(out, p.Value, p.Bounds, p.Buckets)
		out.AtUnixNanos = max(out.AtUnixNanos, p.AtUnixNanos)
		out.StartedAtUnixNanos = max(out.StartedAtUnixNanos, p.StartedAtUnixNanos)
	}
	return out
}

// plus adds to a series. One with other bounds begins anew.
func plus(to *peerv1.Series, value float64, bounds []float64, buckets []uint64) bool {
	if !slices.Equal(to.Bounds, bounds) || len(to.Buckets) != len(buckets) {
		return false
	}
	to.Value += value
	for i, n := range buckets {
		to.Buckets[i] += n
	}
	return true
}

func id(s *peerv1.Series) string {
	return strings.Join(append([]string{s.Uid, s.Resource, s.Metric}, s.Attributes...), "\x00")
}

func order(a, b *peerv1.Series) int { return cmp.Compare(id(a), id(b)) }
