package xds_test

import (
	"maps"
	"slices"
	"testing"

	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// Callers at every place get the same endpoints, only in another order of preference.
func TestEveryPlaceGetsAllEndpoints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := modeltest.Random(t)
		for name, r := range xds.Endpoints(model.BuildEndpoints(s, model.Build(s))) {
			want, levels := assigned(t, r)
			if levels > 1 {
				t.Fatalf("%s: a caller of nowhere prefers something", name)
			}
			for place, near := range r.Near {
				got, levels := assigned(t, near)
				if diff := cmp.Diff(want, got); diff != "" || levels < 2 || !slices.Equal(near.Accounts, r.Accounts) {
					t.Fatalf("%s at %+v: %d levels, accounts %v (-all +there):\n%s", name, place, levels, near.Accounts, diff)
				}
			}
		}
	})
}

// assigned are the addresses of a resource and the number of its levels, which Envoy counts from 0 without a gap.
func assigned(t *rapid.T, r *xds.Resource) (addresses []string, levels int) {
	if r.Problem != "" {
		t.Fatal(r.Problem)
	}
	a := &endpoint.ClusterLoadAssignment{}
	if err := r.Body.UnmarshalTo(a); err != nil {
		t.Fatal(err)
	}
	priorities := map[uint32]bool{}
	for _, locality := range a.Endpoints {
		priorities[locality.Priority] = true
		for _, e := range locality.LbEndpoints {
			addresses = append(addresses, e.GetEndpoint().Address.String())
		}
	}
	for i := range len(priorities) {
		if !priorities[uint32(i)] {
			t.Fatalf("%s has the levels %v", r.Name, slices.Sorted(maps.Keys(priorities)))
		}
	}
	slices.Sort(addresses)
	return addresses, len(priorities)
}

// A stream looks at the version of the resource alone to see whether what it sends at its place may have changed.
func TestAVersionTellsOfEveryPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, other := modeltest.Random(t), modeltest.Random(t)
		m := model.Build(s)
		before := xds.Endpoints(model.BuildEndpoints(s, m))
		s.Nodes = other.Nodes
		for name, after := range xds.Endpoints(model.BuildEndpoints(s, m)) {
			was := before[name]
			for _, place := range slices.Collect(maps.Keys(after.Near)) {
				if was.Version == after.Version && was.At(place).Version != after.At(place).Version {
					t.Fatalf("%s at %+v has changed, its version has not", name, place)
				}
			}
			for place := range was.Near {
				if was.Version == after.Version && was.At(place).Version != after.At(place).Version {
					t.Fatalf("%s at %+v has changed, its version has not", name, place)
				}
			}
		}
	})
}
