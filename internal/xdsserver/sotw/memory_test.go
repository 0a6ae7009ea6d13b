package sotw

import (
	"testing"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// Whatever is said on both sides, a talk remembers the names of the last list, and of resources only those.
func TestTalkRemembersWhatIsWanted(t *testing.T) {
	names := rapid.SliceOf(rapid.SampledFrom([]string{"*", "a", "b", "c", ""}))
	rapid.Check(t, func(t *rapid.T) {
		talk := NewTalk()
		url := rapid.SampledFrom([]string{xds.ClusterType, xds.EndpointType}).Draw(t, "type")
		k := talk.kinds[url]
		t.Repeat(map[string]func(*rapid.T){
			"request": func(t *rapid.T) {
				list := names.Draw(t, "names")
				r := &discovery.DiscoveryRequest{TypeUrl: url, ResourceNames: list, ResponseNonce: rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "nonce")}
				if talk.Request(r) != nil && len(k.names) > len(list)+1 {
					t.Fatalf("%v of %v", k.names, list)
				}
			},
			"response": func(t *rapid.T) {
				r := &discovery.DeltaDiscoveryResponse{TypeUrl: url, Nonce: rapid.SampledFrom([]string{"1", "2"}).Draw(t, "nonce"), RemovedResources: names.Draw(t, "removed")}
				for _, name := range names.Draw(t, "resources") {
					r.Resources = append(r.Resources, &discovery.Resource{Name: name, Version: "1"})
				}
				talk.Response(r)
			},
			"unknown type": func(t *rapid.T) {
				talk.Request(&discovery.DiscoveryRequest{TypeUrl: rapid.String().Draw(t, "type"), ResourceNames: names.Draw(t, "names")})
			},
			"": func(t *rapid.T) {
				for name := range k.held {
					if !k.wants(name) {
						t.Fatalf("%s is kept, and only %v are wanted", name, k.names)
					}
				}
				if len(talk.kinds) != 5 {
					t.Fatalf("%d types", len(talk.kinds))
				}
			},
		})
	})
}
