package relay

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/anypb"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"
)

const (
	clusters  = "clusters"
	endpoints = "endpoints"
	listeners = "listeners"
)

func resource(name, version string) *discoveryv3.Resource {
	return &discoveryv3.Resource{Name: name, Version: version, Resource: &anypb.Any{TypeUrl: "t", Value: []byte(name + version)}}
}

// running is a relay whose Envoy has taken a and b from the operator's first stream.
func running(t *testing.T) *Relay {
	t.Helper()
	r := New(clusters, endpoints, listeners)
	r.EnvoyOpened()
	r.OperatorOpened()
	r.FromEnvoy(&Request{TypeUrl: clusters, Node: &corev3.Node{Id: "shop/cart", Extensions: make([]*corev3.Extension, 500)}})
	out := r.FromOperator(&Response{TypeUrl: clusters, Nonce: "n1", Resources: []*discoveryv3.Resource{resource("a", "1"), resource("b", "1")}})
	r.FromEnvoy(&Request{TypeUrl: clusters, ResponseNonce: out.ToEnvoy[0].Nonce})
	return r
}

func same(t *testing.T, reason string, want, got Out) {
	t.Helper()
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", reason, diff)
	}
}

func TestAcknowledgementReachesTheOperator(t *testing.T) {
	r := New()
	r.EnvoyOpened()
	r.OperatorOpened()
	out := r.FromEnvoy(&Request{TypeUrl: clusters, Node: &corev3.Node{Id: "shop/cart", Extensions: make([]*corev3.Extension, 500)}})
	same(t, "the first request carries the node, without its extensions",
		Out{ToOperator: []*Request{{TypeUrl: clusters, Node: &corev3.Node{Id: "shop/cart"}}}}, out)

	out = r.FromOperator(&Response{TypeUrl: clusters, Nonce: "x", Resources: []*discoveryv3.Resource{resource("a", "1")}})
	nonce := out.ToEnvoy[0].Nonce
	if r.Acknowledged(clusters) {
		t.Error("Acknowledged before Envoy's word")
	}
	out = r.FromEnvoy(&Request{TypeUrl: clusters, ResponseNonce: nonce})
	same(t, "an acknowledgement carries the operator's nonce",
		Out{ToOperator: []*Request{{TypeUrl: clusters, ResponseNonce: "x"}}}, out)
	if !r.Acknowledged(clusters) {
		t.Error("not Acknowledged after Envoy's word")
	}

	out = r.FromOperator(&Response{TypeUrl: clusters, Nonce: "y", Resources: []*discoveryv3.Resource{resource("a", "2")}})
	bad := &statuspb.Status{Message: "a is bad"}
	out = r.FromEnvoy(&Request{TypeUrl: clusters, ResponseNonce: out.ToEnvoy[0].Nonce, ErrorDetail: bad})
	same(t, "a rejection carries its reason",
		Out{ToOperator: []*Request{{TypeUrl: clusters, ResponseNonce: "y", ErrorDetail: bad}}}, out)
}

func TestOperatorComesBack(t *testing.T) {
	r := running(t)
	same(t, "Envoy hears nothing of the loss", Out{}, r.OperatorClosed())
	same(t, "the new stream says what Envoy has", Out{ToOperator: []*Request{{
		TypeUrl: clusters, Node: &corev3.Node{Id: "shop/cart"}, InitialResourceVersions: map[string]string{"a": "1", "b": "1"},
	}}}, r.OperatorOpened())
}

func TestEnvoyRestartsWhileTheOperatorIsAway(t *testing.T) {
	r := running(t)
	r.OperatorClosed()
	r.EnvoyClosed()
	r.EnvoyOpened()
	if r.Acknowledged(clusters) {
		t.Error("Acknowledged by an Envoy that said nothing")
	}
	out := r.FromEnvoy(&Request{TypeUrl: clusters, Node: &corev3.Node{Id: "shop/cart"}})
	same(t, "memory answers", Out{ToEnvoy: []*Response{{
		TypeUrl: clusters, Nonce: out.ToEnvoy[0].Nonce, Resources: []*discoveryv3.Resource{resource("a", "1"), resource("b", "1")},
	}}}, out)
	same(t, "Envoy has not judged it yet, so the operator is not told", Out{}, r.OperatorOpened())
	same(t, "the operator hears what Envoy has, and no foreign nonce", Out{ToOperator: []*Request{{
		TypeUrl: clusters, Node: &corev3.Node{Id: "shop/cart"}, InitialResourceVersions: map[string]string{"a": "1", "b": "1"},
	}}}, r.FromEnvoy(&Request{TypeUrl: clusters, ResponseNonce: out.ToEnvoy[0].Nonce}))
}

func TestMemoryIsRejected(t *testing.T) {
	r := running(t)
	r.OperatorClosed()
	r.EnvoyClosed()
	r.EnvoyOpened()
	out := r.FromEnvoy(&Request{TypeUrl: clusters})
	r.OperatorOpened()
	out = r.FromEnvoy(&Request{TypeUrl: clusters, ResponseNonce: out.ToEnvoy[0].Nonce, ErrorDetail: &statuspb.Status{Message: "no"}})
	same(t, "the operator is asked for all of it again", Out{ToOperator: []*Request{{
		TypeUrl: clusters, InitialResourceVersions: map[string]string{"a": unsure, "b": unsure},
	}}}, out)
}

func TestAnswerOfAStreamThatEndedIsNotAcknowledged(t *testing.T) {
	r := running(t)
	late := r.FromOperator(&Response{TypeUrl: clusters, Nonce: "n2", Resources: []*discoveryv3.Resource{resource("a", "2")}, RemovedResources: []string{"b"}})
	r.OperatorClosed()
	same(t, "what Envoy has not judged must be sent again", Out{ToOperator: []*Request{{
		TypeUrl: clusters, Node: &corev3.Node{Id: "shop/cart"}, InitialResourceVersions: map[string]string{"a": unsure, "b": unsure},
	}}}, r.OperatorOpened())
	same(t, "the new stream hears nothing of the old one's nonce", Out{},
		r.FromEnvoy(&Request{TypeUrl: clusters, ResponseNonce: late.ToEnvoy[0].Nonce}))
}

func TestUnansweredNamesComeFromMemory(t *testing.T) {
	r := running(t)
	r.FromEnvoy(&Request{TypeUrl: endpoints, ResourceNamesSubscribe: []string{"a"}})
	out := r.FromOperator(&Response{TypeUrl: endpoints, Nonce: "e1", Resources: []*discoveryv3.Resource{resource("a", "1")}})
	r.FromEnvoy(&Request{TypeUrl: endpoints, ResponseNonce: out.ToEnvoy[0].Nonce})

	out = r.FromEnvoy(&Request{TypeUrl: endpoints, ResourceNamesSubscribe: []string{"a", "new"}})
	same(t, "the operator answers while it is there",
		Out{ToOperator: []*Request{{TypeUrl: endpoints, ResourceNamesSubscribe: []string{"a", "new"}}}}, out)
	out = r.OperatorClosed()
	same(t, "memory answers what it knows when the operator goes", Out{ToEnvoy: []*Response{{
		TypeUrl: endpoints, Nonce: out.ToEnvoy[0].Nonce, Resources: []*discoveryv3.Resource{resource("a", "1")},
	}}}, out)
	r.FromEnvoy(&Request{TypeUrl: endpoints, ResponseNonce: out.ToEnvoy[0].Nonce})
	back := r.OperatorOpened()
	same(t, "the rest is asked for", Out{ToOperator: []*Request{
		{TypeUrl: clusters, Node: &corev3.Node{Id: "shop/cart"}, InitialResourceVersions: map[string]string{"a": "1", "b": "1"}},
		{TypeUrl: endpoints, ResourceNamesSubscribe: []string{"a", "new"}, InitialResourceVersions: map[string]string{"a": "1"}},
	}}, back)
}

func TestEnvoyReconnectsWithoutRestart(t *testing.T) {
	r := running(t)
	r.OperatorClosed()
	r.EnvoyClosed()
	r.EnvoyOpened()
	out := r.FromEnvoy(&Request{TypeUrl: clusters, InitialResourceVersions: map[string]string{"a": "1", "b": "0", "gone": "7"}})
	same(t, "it has all, so memory is silent", Out{}, out)
	if !r.Acknowledged(clusters) {
		t.Error("not Acknowledged by an Envoy that has resources")
	}
	same(t, "what memory does not know is sent or removed again", Out{ToOperator: []*Request{{
		TypeUrl: clusters, InitialResourceVersions: map[string]string{"a": "1", "b": unsure, "gone": unsure},
	}}}, r.OperatorOpened())
}

func TestUnsubscribedIsForgotten(t *testing.T) {
	r := running(t)
	r.FromEnvoy(&Request{TypeUrl: endpoints, ResourceNamesSubscribe: []string{"a", "b"}})
	out := r.FromOperator(&Response{TypeUrl: endpoints, Nonce: "e", Resources: []*discoveryv3.Resource{resource("a", "1"), resource("b", "1")}})
	r.FromEnvoy(&Request{TypeUrl: endpoints, ResponseNonce: out.ToEnvoy[0].Nonce})
	r.FromEnvoy(&Request{TypeUrl: endpoints, ResourceNamesUnsubscribe: []string{"b"}})
	r.OperatorClosed()
	r.EnvoyClosed()
	r.EnvoyOpened()
	out = r.FromEnvoy(&Request{TypeUrl: endpoints, ResourceNamesSubscribe: []string{"a", "b"}})
	if got := len(out.ToEnvoy[0].Resources); got != 1 {
		t.Errorf("memory gave %d resources, want only the one that was still wanted", got)
	}
}

// A cluster that Envoy asks for by name, beside all others, is asked for again on a new stream, and remembered for a new
// Envoy, which gets it unasked.
func TestNamesBesideAllAreKept(t *testing.T) {
	const first = "first/10.96.0.1"
	r := running(t)
	same(t, "the name is passed on", Out{ToOperator: []*Request{{TypeUrl: clusters, ResourceNamesSubscribe: []string{first}}}},
		r.FromEnvoy(&Request{TypeUrl: clusters, ResourceNamesSubscribe: []string{first}}))
	r.OperatorClosed()
	same(t, "a new stream asks for it, since it waits", Out{ToOperator: []*Request{{
		TypeUrl: clusters, Node: &corev3.Node{Id: "shop/cart"}, ResourceNamesSubscribe: []string{all, first},
		InitialResourceVersions: map[string]string{"a": "1", "b": "1"},
	}}}, r.OperatorOpened())
	out := r.FromOperator(&Response{TypeUrl: clusters, Nonce: "n2", Resources: []*discoveryv3.Resource{resource(first, "1")}})
	r.FromEnvoy(&Request{TypeUrl: clusters, ResponseNonce: out.ToEnvoy[0].Nonce})
	r.OperatorClosed()
	r.EnvoyClosed()
	r.EnvoyOpened()
	out = r.FromEnvoy(&Request{TypeUrl: clusters, Node: &corev3.Node{Id: "shop/cart"}})
	same(t, "memory has it for a new Envoy", Out{ToEnvoy: []*Response{{
		TypeUrl: clusters, Nonce: out.ToEnvoy[0].Nonce, Resources: []*discoveryv3.Resource{resource("a", "1"), resource("b", "1"), resource(first, "1")},
	}}}, out)
	r.FromEnvoy(&Request{TypeUrl: clusters, ResponseNonce: out.ToEnvoy[0].Nonce})
	same(t, "the operator hears that it is held", Out{ToOperator: []*Request{{
		TypeUrl: clusters, Node: &corev3.Node{Id: "shop/cart"}, InitialResourceVersions: map[string]string{"a": "1", "b": "1", first: "1"},
	}}}, r.OperatorOpened())
}
