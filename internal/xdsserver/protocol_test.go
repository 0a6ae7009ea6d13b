package xdsserver

import (
	"context"
	"maps"
	"slices"
	"testing"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/known/anypb"
)

// voice is a raw client of one variant of the protocol.
type voice interface {
	// ask changes the subscriptions of a type.
	ask(url string, subscribe, unsubscribe []string)
	hear() heard
	// answer is an ACK if the fault is empty.
	answer(h heard, fault string)
}

// heard is one response: bodies of resources by name, and what is said to be gone.
type heard struct {
	url, nonce, version string
	got                 map[string]string
	gone                []string
}

var variants = map[string]func(*testing.T, *site, string) voice{"delta": newDeltaVoice, "state of the world": newWholeVoice}

func as(t *testing.T, pod string) context.Context {
	ctx, cancel := context.WithCancel(metadata.AppendToOutgoingContext(t.Context(), "pod", pod))
	t.Cleanup(cancel)
	return ctx
}

type deltaVoice struct{ *client }

func newDeltaVoice(t *testing.T, s *site, pod string) voice { return deltaVoice{s.dial(t, pod)} }

func (v deltaVoice) ask(url string, subscribe, unsubscribe []string) {
	v.t.Helper()
	v.send(&discovery.DeltaDiscoveryRequest{TypeUrl: url, ResourceNamesSubscribe: subscribe, ResourceNamesUnsubscribe: unsubscribe})
}

func (v deltaVoice) hear() heard {
	v.t.Helper()
	r := v.receive()
	h := heard{url: r.GetTypeUrl(), nonce: r.GetNonce(), version: r.GetSystemVersionInfo(), got: map[string]string{}, gone: r.GetRemovedResources()}
	for _, item := range r.GetResources() {
		h.got[item.GetName()] = string(item.GetResource().GetValue())
	}
	return h
}

func (v deltaVoice) answer(h heard, fault string) {
	v.t.Helper()
	r := ackOf(h.url, h.nonce)
	if fault != "" {
		r.ErrorDetail = &rpc.Status{Message: fault}
	}
	v.send(r)
}

// wholeVoice keeps what each request must repeat.
type wholeVoice struct {
	t      *testing.T
	stream grpc.BidiStreamingClient[discovery.DiscoveryRequest, discovery.DiscoveryResponse]
	names  map[string]map[string]bool
	last   map[string]heard
}

func newWholeVoice(t *testing.T, s *site, pod string) voice {
	t.Helper()
	stream, err := discovery.NewAggregatedDiscoveryServiceClient(s.conn).StreamAggregatedResources(as(t, pod))
	if err != nil {
		t.Fatal(err)
	}
	return &wholeVoice{t: t, stream: stream, names: map[string]map[string]bool{}, last: map[string]heard{}}
}

func (v *wholeVoice) ask(url string, subscribe, unsubscribe []string) {
	v.t.Helper()
	if v.names[url] == nil {
		v.names[url] = map[string]bool{}
	}
	for _, name := range subscribe {
		v.names[url][name] = true
	}
	for _, name := range unsubscribe {
		delete(v.names[url], name)
	}
	v.say(url, v.last[url].nonce, "")
}

func (v *wholeVoice) say(url, nonce, fault string) {
	v.t.Helper()
	r := &discovery.DiscoveryRequest{TypeUrl: url, ResourceNames: sortedKeys(v.names[url]), VersionInfo: v.last[url].version, ResponseNonce: nonce}
	if fault != "" {
		r.ErrorDetail = &rpc.Status{Message: fault}
	}
	if err := v.stream.Send(r); err != nil {
		v.t.Fatal(err)
	}
}

func (v *wholeVoice) hear() heard {
	v.t.Helper()
	r, err := v.stream.Recv()
	if err != nil {
		v.t.Fatal(err)
	}
	h := heard{url: r.GetTypeUrl(), nonce: r.GetNonce(), version: r.GetVersionInfo(), got: map[string]string{}}
	for _, body := range r.GetResources() {
		h.got[nameIn(body)] = string(body.GetValue())
	}
	return h
}

func (v *wholeVoice) answer(h heard, fault string) {
	v.t.Helper()
	if fault == "" {
		v.last[h.url] = h
	} else {
		v.last[h.url] = heard{nonce: h.nonce, version: v.last[h.url].version}
	}
	v.say(h.url, h.nonce, fault)
}

// nameIn reads the first field, which is the name in every type that is served.
func nameIn(body *anypb.Any) string {
	_, _, n := protowire.ConsumeTag(body.GetValue())
	name, _ := protowire.ConsumeString(body.GetValue()[n:])
	return name
}

// eachVariant runs a test for every variant.
func eachVariant(t *testing.T, test func(*testing.T, func(*testing.T, *site, string) voice)) {
	for _, name := range slices.Sorted(maps.Keys(variants)) {
		t.Run(name, func(t *testing.T) { test(t, variants[name]) })
	}
}
