package xdsserver

import (
	"fmt"
	"slices"
	"testing"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/proto"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// Whatever a client sends, the machine does not panic, has one response of a resource under way at most, and every response
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
		{set: shop("c1").set(), endpoints: published(endpointsFor(1, "c1"))}, {set: shop("c2").set()}, {set: plan{}.set()},
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		st, open, last := newStream(), underWay{}, map[string]string{}
		for i, world := range worlds {
			st.Update(world)
			for _, body := range [][]byte{first, second, first} {
				var r discovery.DeltaDiscoveryRequest
				if proto.Unmarshal(body, &r) != nil {
					return
				}
				if i == 1 {
					r.ResponseNonce = last[r.GetTypeUrl()]
				}
				delete(open[r.GetTypeUrl()], r.GetResponseNonce())
				if st.Request(&r) != nil {
					return
				}
				for _, out := range st.Next() {
					if err := open.add(out); err != nil {
						t.Fatal(err)
					}
					last[out.GetTypeUrl()] = out.GetNonce()
				}
				st.Report()
			}
		}
	})
}

// underWay holds responses without an answer: type -> nonce -> names.
type underWay map[string]map[string][]string

func (u underWay) add(r *discovery.DeltaDiscoveryResponse) error {
	url := r.GetTypeUrl()
	whole := url == xds.ClusterType || url == xds.ListenerType
	if whole && len(u[url]) > 0 {
		return fmt.Errorf("two responses under way: %v", r)
	}
	names := slices.Clone(r.GetRemovedResources())
	for _, item := range r.GetResources() {
		names = append(names, item.GetName())
	}
	for _, others := range u[url] {
		for _, name := range names {
			if slices.Contains(others, name) {
				return fmt.Errorf("%s is under way twice: %v", name, r)
			}
		}
	}
	if u[url] == nil {
		u[url] = map[string][]string{}
	}
	u[url][r.GetNonce()] = names
	if len(u[url]) > window {
		return fmt.Errorf("%d responses of %s under way", len(u[url]), url)
	}
	return nil
}
