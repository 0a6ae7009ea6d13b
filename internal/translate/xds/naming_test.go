package xds_test

import (
	"testing"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	tls "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// Who is called must present the account that its pod runs as, pod by pod; one that matches nothing is never dialled. A
// second account is demanded of exactly those pods that have it [E11 E13].
func TestEachEndpointMustBeWhoItsPodIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := modeltest.Random(t)
		pods := map[string]string{} // the demand by address; "" for one outside of the mesh
		for _, pod := range s.Pods {
			if model.HasSidecar(pod) {
				pods[pod.Status.PodIP] = model.IdentityOf(pod).SPIFFE("cluster.local")
			} else {
				pods[pod.Status.PodIP] = ""
			}
		}
		m := model.Build(s)
		endpoints := xds.Endpoints(model.BuildEndpoints(s, m))
		for _, set := range xds.Build(m) {
			for id, r := range set.All() {
				if id.TypeURL != xds.ClusterType || endpoints[id.Name] == nil {
					continue
				}
				c := decoded(t, r, &cluster.Cluster{})
				if got := demands(t, c.TransportSocket); got != "spiffe://invalid/nobody" {
					t.Fatalf("cluster %s: an endpoint that matches nothing may be %q", c.Name, got)
				}
				for _, locality := range decoded(t, endpoints[id.Name], &endpoint.ClusterLoadAssignment{}).Endpoints {
					for _, e := range locality.LbEndpoints {
						address := e.GetEndpoint().Address.GetSocketAddress().Address
						want, isPod := pods[address]
						if got := demands(t, socketFor(c, e)); isPod && got != want {
							t.Fatalf("cluster %s: %s must be %q, want %q", c.Name, address, got, want)
						}
					}
				}
			}
		}
	})
}

// socketFor is what Envoy takes for an endpoint.
func socketFor(c *cluster.Cluster, e *endpoint.LbEndpoint) *core.TransportSocket {
	for _, m := range c.TransportSocketMatches {
		if proto.Equal(m.Match, e.Metadata.FilterMetadata["envoy.transport_socket_match"]) {
			return m.TransportSocket
		}
	}
	return c.TransportSocket
}

// demands is the only identity that a TLS context takes; empty for plaintext.
func demands(t *rapid.T, s *core.TransportSocket) string {
	context := &tls.UpstreamTlsContext{}
	if !s.GetTypedConfig().MessageIs(context) {
		if s.GetName() != "envoy.transport_sockets.raw_buffer" {
			t.Fatalf("the socket %v is neither TLS nor plaintext", s)
		}
		return ""
	}
	if err := s.GetTypedConfig().UnmarshalTo(context); err != nil {
		t.Fatal(err)
	}
	names := context.CommonTlsContext.GetCombinedValidationContext().GetDefaultValidationContext().GetMatchTypedSubjectAltNames()
	if len(names) != 1 || names[0].SanType != tls.SubjectAltNameMatcher_URI || context.MaxSessionKeys == nil || context.MaxSessionKeys.Value != 0 {
		t.Fatalf("the context takes %v, and resumes sessions: %v", names, context.MaxSessionKeys)
	}
	return names[0].Matcher.GetExact()
}

// What a caller writes into the header that names the caller is dropped, on each port that is HTTP [E10].
func TestNoCallerNamesItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for key, set := range xds.Build(model.Build(modeltest.Random(t))) {
			l := decoded(t, set.Resource(xds.ID{TypeURL: xds.ListenerType, Name: "inbound"}), &listener.Listener{})
			for _, chain := range append(l.FilterChains, l.DefaultFilterChain) {
				for _, f := range chain.Filters {
					manager := &hcm.HttpConnectionManager{}
					if !f.GetTypedConfig().MessageIs(manager) {
						continue
					}
					if err := f.GetTypedConfig().UnmarshalTo(manager); err != nil {
						t.Fatal(err)
					}
					if manager.ForwardClientCertDetails != hcm.HttpConnectionManager_SANITIZE_SET || !manager.SetCurrentClientCertDetails.GetUri() {
						t.Fatalf("%s, chain %s: the header is treated as %s", key, chain.Name, manager.ForwardClientCertDetails)
					}
				}
			}
		}
	})
}

func decoded[M proto.Message](t *rapid.T, r *xds.Resource, into M) M {
	if err := r.Body.UnmarshalTo(into); err != nil {
		t.Fatal(err)
	}
	return into
}
