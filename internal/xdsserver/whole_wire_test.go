package xdsserver

import (
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"

	"github.com/weft-mesh/weft/internal/translate/xds"
	"github.com/weft-mesh/weft/internal/xdsserver/sotw"
)

// wholeWire joins a stream to a model client that wants the state of the world. Messages also wait between the machine and
// the translation, as they do in a real server.
type wholeWire struct {
	wire
	talk  *sotw.Talk
	tells wholeSide

	up    []*discovery.DiscoveryRequest
	in    []*discovery.DeltaDiscoveryRequest
	out   []*discovery.DeltaDiscoveryResponse
	comes []*discovery.DiscoveryResponse
}

func newWholeWire() *wholeWire {
	w := &wholeWire{wire: wire{client: newEnvoy()}}
	w.accept()
	return w
}

// accept begins a new stream.
func (w *wholeWire) accept() {
	w.server, w.talk, w.tells = newWholeStream(), sotw.NewTalk(), wholeSide{names: map[string]map[string]bool{}, last: map[string]string{}}
	w.up, w.in, w.out, w.comes = nil, nil, nil, nil
	w.server.Update(w.target)
	w.listen()
}

func (w *wholeWire) reconnect() {
	w.client.connect()
	w.accept()
}

func (w *wholeWire) aim(t target) {
	w.target = t
	w.server.Update(t)
	w.out = append(w.out, w.server.Next()...)
}

// listen takes what the client has to say.
func (w *wholeWire) listen() {
	w.up = append(w.up, w.tells.requests(w.client.out)...)
	w.client.out = nil
}

func (w *wholeWire) request() bool {
	if len(w.up) == 0 {
		return false
	}
	if d := w.talk.Request(w.up[0]); d != nil {
		w.in = append(w.in, d)
	}
	w.up = w.up[1:]
	return true
}

func (w *wholeWire) serve() bool {
	if len(w.in) == 0 {
		return false
	}
	must(w.server.Request(w.in[0]))
	w.in = w.in[1:]
	w.out = append(w.out, w.server.Next()...)
	return true
}

func (w *wholeWire) send() bool {
	if len(w.out) == 0 {
		return false
	}
	w.comes = append(w.comes, w.talk.Response(w.out[0]))
	w.out = w.out[1:]
	return true
}

func (w *wholeWire) receive() bool {
	if len(w.comes) == 0 {
		return false
	}
	r := w.comes[0]
	w.comes = w.comes[1:]
	w.tells.last[r.GetTypeUrl()] = r.GetNonce()
	w.client.take(w.tells.differences(w.client, r))
	w.listen()
	return true
}

func (w *wholeWire) drain() bool {
	for range 40_000 {
		if !w.request() && !w.serve() && !w.send() && !w.receive() {
			return true
		}
	}
	return false
}

// wholeSide makes what a delta client says and hears a client of the state of the world.
type wholeSide struct {
	names map[string]map[string]bool
	last  map[string]string // nonce of the newest response that the client has seen, by type
}

// requests says everything that the client has to say of a type at once. An answer carries the new names.
func (s wholeSide) requests(out []*discovery.DeltaDiscoveryRequest) (all []*discovery.DiscoveryRequest) {
	answers := map[string]bool{}
	for _, d := range out {
		url := d.GetTypeUrl()
		if s.names[url] == nil {
			s.names[url] = map[string]bool{}
		}
		for _, name := range d.GetResourceNamesSubscribe() {
			s.names[url][name] = true
		}
		for _, name := range d.GetResourceNamesUnsubscribe() {
			delete(s.names[url], name)
		}
		answers[url] = answers[url] || d.GetResponseNonce() != ""
	}
	for _, d := range out {
		url := d.GetTypeUrl()
		if answers[url] && d.GetResponseNonce() == "" {
			continue
		}
		all = append(all, &discovery.DiscoveryRequest{
			TypeUrl: url, ResourceNames: sortedKeys(s.names[url]), ResponseNonce: s.last[url], ErrorDetail: d.GetErrorDetail(),
		})
	}
	return all
}

// differences says what is new in a response, and, of clusters and listeners, what the client has that is not in it.
func (s wholeSide) differences(e *envoy, r *discovery.DiscoveryResponse) *discovery.DeltaDiscoveryResponse {
	url, is := r.GetTypeUrl(), map[string]bool{}
	d := &discovery.DeltaDiscoveryResponse{TypeUrl: url, Nonce: r.GetNonce()}
	for _, body := range r.GetResources() {
		name := nameIn(body)
		is[name] = true
		d.Resources = append(d.Resources, &discovery.Resource{Name: name, Version: versionOf(body.GetValue()), Resource: body})
	}
	if url != xds.ClusterType && url != xds.ListenerType {
		return d
	}
	for _, name := range sortedKeys(e.versions[url]) {
		if !is[name] {
			d.RemovedResources = append(d.RemovedResources, name)
		}
	}
	return d
}
