package xdsserver

import (
	"testing"
	"time"

	"github.com/go-logr/logr"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// A world wakes the streams for which it has something new, and no others: in a large mesh most changes concern few.
func TestWorldWakesWhomItConcerns(t *testing.T) {
	s, other := New(logr.Discard()), model.Key{Namespace: "shop", Name: "other"}
	conns := map[model.Key]*conn{}
	for _, workload := range []model.Key{cart, other} {
		conns[workload] = s.connect(Proxy{UID: workload.Name, Workload: workload})
	}
	expectWoken := func(why string, want ...model.Key) {
		t.Helper()
		woken := map[model.Key]bool{}
		for workload, c := range conns {
			select {
			case <-c.wake:
				woken[workload] = true
				s.target(c)
			default:
			}
		}
		if len(woken) != len(want) {
			t.Errorf("%s: woke %v, want %v", why, woken, want)
		}
		for _, workload := range want {
			if !woken[workload] {
				t.Errorf("%s: %v slept", why, workload)
			}
		}
	}
	sets := map[model.Key]*xds.Set{cart: shop("c1").set(), other: shop("c1").set()}
	world := World{Sets: sets, Endpoints: endpointsFor(1, "c1")}
	s.Publish(world)
	expectWoken("the first world", cart, other)
	s.Publish(World{Sets: sets, Endpoints: endpointsFor(1, "c1")})
	expectWoken("an equal world")
	s.Publish(World{Sets: map[model.Key]*xds.Set{cart: shop("c2").set(), other: sets[other]}, Endpoints: endpointsFor(1, "c1")})
	expectWoken("another set of one workload", cart)
	s.UpdateEndpoints(endpointsFor(2, "c1"), time.Time{})
	expectWoken("other endpoints", cart, other)
	s.UpdateEndpoints(endpointsFor(2, "c1"), time.Time{})
	expectWoken("equal endpoints")
}
