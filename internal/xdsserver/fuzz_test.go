package xdsserver

import (
	"testing"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/proto"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// Whatever a client sends, the machine does not panic, has one response of a type under way at most, and every response
// says something or is a first answer.
func FuzzRequest(f *testing.F) {
	for _, r := range []*discovery.DeltaDiscoveryRequest{
		{TypeUrl: xds.ClusterType},
		{TypeUrl: xds.ClusterType, ResponseNonce: "1"},
		{TypeUrl: xds.ListenerType, ResourceNamesSubscribe: []string{"*"}, ResourceNamesUnsubscribe: []string{"*", "l1"}},
		{TypeUrl: xds.RouteType, ResourceNamesSubscribe: []string{"r1"}, InitialResourceVersions: map[string]string{"r1": ""}},
	} {
		body, err := proto.Marshal(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, []byte{})
		f.Add(body, body)
	}
	worlds := []target{
		{set: shop("c1").set(), endpoints: endpointsFor(1, "c1")}, {set: shop("c2").set()}, {set: plan{}.set()},
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		st, open := newStream(), map[string]string{}
		for i, world := range worlds {
			st.Update(world)
			for _, body := range [][]byte{first, second, first} {
				var r discovery.DeltaDiscoveryRequest
				if proto.Unmarshal(body, &r) != nil {
					return
				}
				if i == 1 {
					r.ResponseNonce = open[r.GetTypeUrl()]
				}
				if r.GetResponseNonce() == open[r.GetTypeUrl()] {
					delete(open, r.GetTypeUrl())
				}
				if st.Request(&r) != nil {
					return
				}
				for _, out := range st.Next() {
					if open[out.GetTypeUrl()] != "" {
						t.Fatal("two responses under way:", out)
					}
					open[out.GetTypeUrl()] = out.GetNonce()
				}
				st.Report()
			}
		}
	})
}
