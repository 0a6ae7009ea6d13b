package sotw

import (
	"hash/fnv"
	"maps"
	"slices"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/types/known/anypb"
)

// holdings are what a client has of one type, by name.
type holdings map[string]holding

// holding is one resource of a client. Body is nil where nobody needs it again.
type holding struct {
	sum  uint64
	body *anypb.Any
}

// sum stands for the name and the version of a resource.
func sum(r *discovery.Resource) uint64 {
	h := fnv.New64a()
	for _, text := range []string{r.GetName(), "\x00", r.GetVersion()} {
		_, _ = h.Write([]byte(text))
	}
	return h.Sum64()
}

// version depends on the names and versions alone, not on their order.
func (h holdings) version() uint64 {
	var all uint64
	for _, one := range h {
		all += one.sum
	}
	return all
}

// bodies are sorted by name.
func (h holdings) bodies() []*anypb.Any {
	out := make([]*anypb.Any, 0, len(h))
	for _, name := range slices.Sorted(maps.Keys(h)) {
		out = append(out, h[name].body)
	}
	return out
}
