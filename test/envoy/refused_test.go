package envoy

import (
	"strings"
	"testing"

	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"k8s.io/apimachinery/pkg/types"
	gateway "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
	"github.com/weft-mesh/weft/internal/translate/xds"
	"github.com/weft-mesh/weft/internal/xdsserver"
)

// TestARefusedRouteHoldsUpNothingElse sends a fault that nobody knew before Envoy did. Envoy goes on with the routes that
// it had, takes those of the other Service, and the report says why. The next good one is taken [A22].
func TestARefusedRouteHoldsUpNothingElse(t *testing.T) {
	w := newWire(t)
	w.publish(t, w.versions(1, 0))
	if got := w.call(t, "") + " " + w.callAt(t, cart, ""); got != "v1-0 cart-0" {
		t.Fatalf("at first %s answer", got)
	}
	crossed := func() snapshot.Snapshot {
		s := w.versions(1, 0)
		s.Routes = []*gateway.HTTPRoute{crossing("front", "cart"), crossing("cart", "front")}
		return s
	}
	world := w.world(t, crossed())
	spoilRoutes(t, world, "shop/front/80")
	w.server.Publish(world)
	until(t, "routes of the other Service", func() bool { return w.callAt(t, cart, "") == "v1-0" })
	until(t, "refusal", func() bool {
		reports := w.server.Reports()
		return len(reports) == 1 && strings.Contains(reports[0].Report.Rejected["front"].Reason, "domain")
	})
	if got := w.call(t, ""); got != "v1-0" {
		t.Errorf("%s answers by the refused routes", got)
	}
	for _, report := range w.server.Reports() {
		if version, applied := report.Report.Applied("cart"); !applied || version != "1" {
			t.Errorf("the route of the other Service is applied in version %q", version)
		}
		if version, _ := report.Report.Applied("front"); version == "1" {
			t.Error("the refused route counts as applied")
		}
	}

	w.publish(t, crossed())
	if got := w.call(t, ""); got != "cart-0" {
		t.Errorf("after the repair %s answers", got)
	}
}

// crossing leads all requests to one Service to another.
func crossing(from, to string) *gateway.HTTPRoute {
	r := modeltest.WeightedRoute(modeltest.Share{Service: to, Weight: 1})
	r.Name, r.UID, r.Spec.ParentRefs[0].Name = from, types.UID(from), gateway.ObjectName(from)
	return r
}

// spoilRoutes lets two virtual hosts have one domain.
func spoilRoutes(t *testing.T, world xdsserver.World, name string) {
	t.Helper()
	for _, set := range world.Sets {
		r := set.Resource(xds.ID{TypeURL: xds.RouteType, Name: name})
		config := &route.RouteConfiguration{}
		if err := r.Body.UnmarshalTo(config); err != nil {
			t.Fatal(err)
		}
		config.VirtualHosts = append(config.VirtualHosts, &route.VirtualHost{Name: "other", Domains: config.VirtualHosts[0].Domains})
		if err := r.Body.MarshalFrom(config); err != nil {
			t.Fatal(err)
		}
		r.Version = "spoiled"
	}
}
