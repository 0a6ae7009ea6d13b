package relay

import (
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"
)

// world is a relay between a simple Envoy and a simple operator. Both follow the protocol, and nothing is delivered at
// once: messages wait in queues.
type world struct {
	t       *rapid.T
	relay   *Relay
	serving map[string]map[string]string // what the operator wants: type, name, version
	stream  *stream                      // the operator's; nil while it is away
	envoy   *envoy                       // nil while it is away
	sent    int                          // resources that the operator sent
	acked   map[string]map[string]string // what the last Envoys acknowledged
	nonces  int
}

// stream is what the operator knows of one stream.
type stream struct {
	toRelay []*Response
	wants   map[string]map[string]bool
	knows   map[string]map[string]string
	open    map[string]bool // nonces that were sent and not yet acknowledged
}

type envoy struct {
	inbox []*Response
	has   map[string]map[string]string
}

func newWorld(t *rapid.T) *world {
	return &world{
		t: t, relay: New(clusters, endpoints),
		serving: map[string]map[string]string{clusters: {}, endpoints: {}},
		acked:   map[string]map[string]string{clusters: {}, endpoints: {}},
	}
}

func (w *world) emit(out Out) {
	if len(out.ToEnvoy) > 0 && w.envoy == nil {
		w.t.Fatal("a message for an Envoy that is away")
	}
	if len(out.ToOperator) > 0 && w.stream == nil {
		w.t.Fatal("a message for an operator that is away")
	}
	if w.envoy != nil {
		w.envoy.inbox = append(w.envoy.inbox, out.ToEnvoy...)
	}
	for _, m := range out.ToOperator {
		w.ask(m)
	}
}

// ask is the operator's side.
func (w *world) ask(m *Request) {
	s := w.stream
	if m.ResponseNonce != "" {
		if !s.open[m.ResponseNonce] {
			w.t.Fatalf("acknowledgement of %q, which this stream did not send or heard of before", m.ResponseNonce)
		}
		delete(s.open, m.ResponseNonce)
	}
	if s.wants[m.TypeUrl] == nil {
		s.wants[m.TypeUrl], s.knows[m.TypeUrl] = map[string]bool{}, map[string]string{}
		maps.Copy(s.knows[m.TypeUrl], m.InitialResourceVersions)
		if len(m.ResourceNamesSubscribe) == 0 {
			s.wants[m.TypeUrl][all] = true
		}
		for _, name := range m.ResourceNamesSubscribe {
			s.wants[m.TypeUrl][name] = true
		}
	} else {
		for _, name := range m.ResourceNamesSubscribe {
			s.wants[m.TypeUrl][name] = true
			s.knows[m.TypeUrl][name] = "asked again"
		}
	}
	for _, name := range m.ResourceNamesUnsubscribe {
		delete(s.wants[m.TypeUrl], name)
		delete(s.knows[m.TypeUrl], name)
	}
	w.push(m.TypeUrl)
}

// push queues what the operator's stream lacks.
func (w *world) push(typeURL string) {
	s := w.stream
	if s == nil || s.wants[typeURL] == nil {
		return
	}
	response := &Response{TypeUrl: typeURL}
	knows, serving := s.knows[typeURL], w.serving[typeURL]
	names := map[string]bool{}
	for name := range serving {
		names[name] = s.wants[typeURL][all] || s.wants[typeURL][name]
	}
	for name := range s.wants[typeURL] {
		names[name] = name != all
	}
	for name := range knows {
		names[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		version, exists := serving[name]
		known, knew := knows[name]
		switch {
		case !names[name]:
		case exists && known != version:
			response.Resources = append(response.Resources, resource(name, version))
			knows[name] = version
		case !exists && known != "none" && (knew || s.wants[typeURL][name]):
			response.RemovedResources = append(response.RemovedResources, name)
			knows[name] = "none"
		}
	}
	if len(response.Resources)+len(response.RemovedResources) == 0 {
		return
	}
	w.nonces++
	response.Nonce = "o" + strconv.Itoa(w.nonces)
	s.open[response.Nonce] = true
	w.sent += len(response.Resources)
	s.toRelay = append(s.toRelay, response)
}

func (w *world) operatorUp() {
	if w.stream != nil || w.envoy == nil {
		return
	}
	w.stream = &stream{wants: map[string]map[string]bool{}, knows: map[string]map[string]string{}, open: map[string]bool{}}
	w.emit(w.relay.OperatorOpened())
}

func (w *world) operatorDown() {
	if w.stream == nil {
		return
	}
	w.stream = nil
	w.emit(w.relay.OperatorClosed())
}

func (w *world) deliver() bool {
	if w.stream == nil || len(w.stream.toRelay) == 0 {
		return false
	}
	m := w.stream.toRelay[0]
	w.stream.toRelay = w.stream.toRelay[1:]
	w.emit(w.relay.FromOperator(m))
	return true
}

// envoyRestart starts an Envoy, empty or with what the last one had.
func (w *world) envoyRestart(keep bool) {
	has := map[string]map[string]string{clusters: {}, endpoints: {}}
	if w.envoy != nil {
		if keep {
			has = w.envoy.has
		}
		w.relay.EnvoyClosed()
		w.envoy = nil
		w.operatorDown()
	}
	w.envoy = &envoy{has: has}
	w.relay.EnvoyOpened()
	w.operatorUp()
	w.emit(w.relay.FromEnvoy(&Request{TypeUrl: clusters, InitialResourceVersions: maps.Clone(has[clusters])}))
	if names := slices.Sorted(maps.Keys(has[clusters])); len(names) > 0 {
		w.emit(w.relay.FromEnvoy(&Request{TypeUrl: endpoints, ResourceNamesSubscribe: names, InitialResourceVersions: maps.Clone(has[endpoints])}))
	}
}

// judge is Envoy's side: it takes a response, and asks for the endpoints of its clusters.
func (w *world) judge(accept bool) bool {
	if w.envoy == nil || len(w.envoy.inbox) == 0 {
		return false
	}
	m := w.envoy.inbox[0]
	w.envoy.inbox = w.envoy.inbox[1:]
	reply := &Request{TypeUrl: m.TypeUrl, ResponseNonce: m.Nonce}
	if !accept {
		reply.ErrorDetail = &statuspb.Status{Message: "no"}
		w.emit(w.relay.FromEnvoy(reply))
		return true
	}
	var add, drop []string
	for _, r := range m.Resources {
		if _, wanted := w.envoy.has[clusters][r.Name]; m.TypeUrl == endpoints && !wanted {
			continue
		}
		if _, had := w.envoy.has[m.TypeUrl][r.Name]; !had {
			add = append(add, r.Name)
		}
		w.envoy.has[m.TypeUrl][r.Name], w.acked[m.TypeUrl][r.Name] = r.Version, r.Version
	}
	for _, name := range m.RemovedResources {
		if _, had := w.envoy.has[m.TypeUrl][name]; had {
			drop = append(drop, name)
		}
		delete(w.envoy.has[m.TypeUrl], name)
		delete(w.acked[m.TypeUrl], name)
	}
	w.emit(w.relay.FromEnvoy(reply))
	if m.TypeUrl == clusters && len(add)+len(drop) > 0 {
		for _, name := range drop {
			delete(w.envoy.has[endpoints], name)
			delete(w.acked[endpoints], name)
		}
		w.emit(w.relay.FromEnvoy(&Request{TypeUrl: endpoints, ResourceNamesSubscribe: add, ResourceNamesUnsubscribe: drop}))
	}
	return true
}

func (w *world) settle() {
	for w.judge(true) || w.deliver() {
	}
}

func (w *world) change(typeURL, name, version string) {
	if version == "" {
		delete(w.serving[typeURL], name)
	} else {
		w.serving[typeURL][name] = version
	}
	w.push(typeURL)
}

// TestRelayConverges lets anything happen, then peace: Envoy has what the operator serves. A new stream then brings
// nothing, and a new Envoy beside an absent operator gets the same.
func TestRelayConverges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		w.envoyRestart(false)
		name := rapid.SampledFrom([]string{"a", "b", "c"})
		version := rapid.SampledFrom([]string{"", "1", "2", "3"})
		t.Repeat(map[string]func(*rapid.T){
			"cluster": func(t *rapid.T) { w.change(clusters, name.Draw(t, "name"), version.Draw(t, "version")) },
			"endpoint": func(t *rapid.T) {
				w.change(endpoints, name.Draw(t, "name"), rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "version"))
			},
			"up":      func(*rapid.T) { w.operatorUp() },
			"down":    func(*rapid.T) { w.operatorDown() },
			"deliver": func(*rapid.T) { w.deliver() },
			"accept":  func(*rapid.T) { w.judge(true) },
			"reject":  func(*rapid.T) { w.judge(false) },
			"restart": func(t *rapid.T) { w.envoyRestart(rapid.Bool().Draw(t, "keep")) },
		})

		w.operatorDown()
		w.operatorUp()
		w.settle()
		if diff := cmp.Diff(w.want(), w.envoy.has); diff != "" {
			t.Fatalf("Envoy in peace (-operator +envoy):\n%s", diff)
		}

		before := w.sent
		w.operatorDown()
		w.operatorUp()
		w.settle()
		if w.sent != before {
			t.Fatalf("a new stream brought %d resources though nothing had changed", w.sent-before)
		}

		w.operatorDown()
		w.emitNothingFromOperator(func() {
			w.relay.EnvoyClosed()
			w.envoy = &envoy{has: map[string]map[string]string{clusters: {}, endpoints: {}}}
			w.relay.EnvoyOpened()
			w.emit(w.relay.FromEnvoy(&Request{TypeUrl: clusters}))
			w.settle()
		})
		if diff := cmp.Diff(w.want(), w.envoy.has); diff != "" {
			t.Fatalf("a new Envoy beside an absent operator (-operator +envoy):\n%s", diff)
		}

		w.operatorUp()
		w.settle()
		if w.sent != before {
			t.Fatalf("the operator sent %d resources that memory had given", w.sent-before)
		}
	})
}

func (w *world) emitNothingFromOperator(do func()) {
	before := w.sent
	do()
	if w.sent != before {
		w.t.Fatal("an absent operator sent something")
	}
}

// want is what Envoy has to have: all clusters, and the endpoints of these that exist.
func (w *world) want() map[string]map[string]string {
	want := map[string]map[string]string{clusters: maps.Clone(w.serving[clusters]), endpoints: {}}
	for name := range want[clusters] {
		if version, ok := w.serving[endpoints][name]; ok {
			want[endpoints][name] = version
		}
	}
	return want
}
