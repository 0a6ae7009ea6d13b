package xdsserver

import (
	"strings"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	rpc "google.golang.org/genproto/googleapis/rpc/status"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// script makes what a client and a world do out of any bytes. When these end it goes on with zeros.
type script struct {
	bytes []byte
	at    int
}

func (s *script) next() int {
	s.at++
	if s.at > len(s.bytes) {
		return 0
	}
	return int(s.bytes[s.at-1])
}

func (s *script) ended() bool { return s.at >= len(s.bytes) }

var (
	scriptTypes = []string{xds.ClusterType, xds.EndpointType, xds.ListenerType, xds.RouteType, xds.FilterType, xds.SecretType}
	scriptNames = []string{wildcard, "c1", "c2", "l1", "r1", "f1", xds.FirstPrefix + "10.0.0.1", ""}
)

// worlds are those of scripts. Only one is without faults, for a model client.
func scriptWorlds() []World {
	wide := shop("c1")
	wide.clusters["c2"], wide.routes["r2"], wide.listeners["l2"] = 2, []string{"c1", "c2"}, []string{"r2"}
	var out []World
	for variant, p := range []plan{shop("c1"), shop("c2"), {}, wide} {
		out = append(out, World{
			Sets: map[model.Key]*xds.Set{cart: p.set()}, Endpoints: endpointsFor(variant, sortedKeys(p.clusters)...),
		})
	}
	return out
}

// message is one of delta. Seen are the nonces of a type that the client has had, oldest first.
func (s *script) message(seen map[string][]string) *discovery.DeltaDiscoveryRequest {
	r := &discovery.DeltaDiscoveryRequest{TypeUrl: scriptTypes[s.next()%len(scriptTypes)]}
	control := s.next()
	r.ResourceNamesSubscribe, r.ResourceNamesUnsubscribe = namesOf(s.next()), namesOf(s.next())
	nonces := seen[r.GetTypeUrl()]
	switch n := len(nonces); {
	case control&3 == 1 && n > 0:
		r.ResponseNonce = nonces[n-1]
	case control&3 == 2 && n > 1:
		r.ResponseNonce = nonces[n-2]
	case control&3 == 3:
		r.ResponseNonce = "made up"
	}
	if control&4 != 0 {
		r.ErrorDetail = &rpc.Status{Message: strings.Join(namesOf(s.next()), ": no, ")}
	}
	if control&8 != 0 {
		r.InitialResourceVersions = map[string]string{}
		for _, name := range namesOf(s.next()) {
			r.InitialResourceVersions[name] = []string{"", "old", clusterOf("c1", 1, false).Version}[control>>4%3]
		}
	}
	return r
}

// whole says the same in the state of the world: all names that are subscribed to.
func whole(r *discovery.DeltaDiscoveryRequest) *discovery.DiscoveryRequest {
	return &discovery.DiscoveryRequest{
		TypeUrl: r.GetTypeUrl(), ResponseNonce: r.GetResponseNonce(), ErrorDetail: r.GetErrorDetail(),
		ResourceNames: append(r.GetResourceNamesSubscribe(), r.GetResourceNamesSubscribe()...),
	}
}

func namesOf(bits int) (out []string) {
	for i, name := range scriptNames {
		if bits>>i&1 == 1 {
			out = append(out, name)
		}
	}
	return out
}
