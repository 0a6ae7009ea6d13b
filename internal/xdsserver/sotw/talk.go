package sotw

import (
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// Talk is one client's side of the protocol as a machine without I/O.
type Talk struct {
	kinds map[string]*kind // by the URL of the type
}

// NewTalk is for a new stream. It knows the types that weft serves.
func NewTalk() *Talk {
	return &Talk{kinds: map[string]*kind{
		xds.ClusterType:  newKind(true),
		xds.ListenerType: newKind(true),
		xds.EndpointType: newKind(false),
		xds.RouteType:    newKind(false),
		xds.FilterType:   newKind(false),
	}}
}

// Request returns what a request says as one of delta; nil when it says nothing that counts.
func (t *Talk) Request(r *discovery.DiscoveryRequest) *discovery.DeltaDiscoveryRequest {
	k := t.kinds[r.GetTypeUrl()]
	if k == nil || k.stale(r.GetResponseNonce()) {
		return nil
	}
	out := &discovery.DeltaDiscoveryRequest{Node: r.GetNode(), TypeUrl: r.GetTypeUrl()}
	if k.open != nil && k.open.GetNonce() == r.GetResponseNonce() {
		out.ResponseNonce, out.ErrorDetail = r.GetResponseNonce(), r.GetErrorDetail()
		k.answer(r.GetErrorDetail() == nil)
	}
	out.ResourceNamesSubscribe, out.ResourceNamesUnsubscribe = k.want(r.GetResourceNames())
	return out
}

// Response returns what a delta response comes to. It takes it as sent.
func (t *Talk) Response(r *discovery.DeltaDiscoveryResponse) *discovery.DiscoveryResponse {
	k := t.kinds[r.GetTypeUrl()]
	k.open, k.last = r, r.GetNonce()
	out := &discovery.DiscoveryResponse{TypeUrl: r.GetTypeUrl(), Nonce: r.GetNonce()}
	out.Resources, out.VersionInfo = k.say(r)
	return out
}
