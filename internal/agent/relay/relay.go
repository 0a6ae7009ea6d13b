package relay

import (
	"maps"
	"slices"
	"strconv"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
)

type (
	// Request is what Envoy says to the operator.
	Request = discoveryv3.DeltaDiscoveryRequest
	// Response is what the operator says to Envoy.
	Response = discoveryv3.DeltaDiscoveryResponse
)

// Out holds the messages to send, in order. Messages for a side that has no stream are never made.
type Out struct {
	ToEnvoy    []*Response
	ToOperator []*Request
}

// Relay is the state between the two streams. The zero Relay is not usable; see New.
type Relay struct {
	types      map[string]*typeState
	node       *corev3.Node
	envoy      bool // Envoy's stream is open
	operator   bool // the operator's stream is open
	greeted    bool // the operator's stream has been told the node
	generation int  // of the operator's stream
	nonces     uint64
	order      []string // types in the order in which a new stream asks for them
}

// New makes a relay that knows nothing. On a new stream to the operator the types are asked for in this order, and
// types that are not in it afterwards.
func New(order ...string) *Relay {
	return &Relay{types: map[string]*typeState{}, order: order}
}

// EnvoyOpened begins a stream of Envoy, which says anew what it wants and has. The operator's stream must be a new
// one too: call OperatorClosed before, if there was one.
func (r *Relay) EnvoyOpened() {
	r.envoy = true
	r.node = nil
	for _, t := range r.types {
		t.forgetEnvoy()
	}
}

// EnvoyClosed ends Envoy's stream. What it acknowledged is kept.
func (r *Relay) EnvoyClosed() { r.envoy = false }

// OperatorOpened begins a stream to the operator.
func (r *Relay) OperatorOpened() Out {
	r.operator, r.greeted = true, false
	r.generation++
	for _, t := range r.types {
		t.asked = false
	}
	var out Out
	for _, t := range r.sorted() {
		r.ask(t, &out)
	}
	return out
}

// OperatorClosed ends the stream to the operator. What Envoy still waits for comes from memory.
func (r *Relay) OperatorClosed() Out {
	r.operator = false
	var out Out
	for _, t := range r.sorted() {
		t.asked = false
		r.recall(t, &out)
	}
	return out
}

// FromOperator passes a response on to Envoy.
func (r *Relay) FromOperator(response *Response) Out {
	var out Out
	if !r.envoy || !r.operator {
		return out
	}
	t := r.of(response.TypeUrl)
	r.send(t, &answer{
		resources: response.Resources, removed: response.RemovedResources,
		nonce: response.Nonce, generation: r.generation, system: response.SystemVersionInfo,
	}, &out)
	return out
}

// Acknowledged says whether the present Envoy has acknowledged anything of the type.
func (r *Relay) Acknowledged(typeURL string) bool {
	t, ok := r.types[typeURL]
	return ok && r.envoy && t.acknowledged
}

func (r *Relay) of(typeURL string) *typeState {
	t, ok := r.types[typeURL]
	if !ok {
		t = newType(typeURL)
		r.types[typeURL] = t
	}
	return t
}

// send gives an answer to Envoy under a nonce of our own, since answers come from several streams.
func (r *Relay) send(t *typeState, a *answer, out *Out) {
	r.nonces++
	nonce := strconv.FormatUint(r.nonces, 10)
	t.pending[nonce] = a
	t.settle(a)
	out.ToEnvoy = append(out.ToEnvoy, &Response{
		TypeUrl: t.url, Nonce: nonce, SystemVersionInfo: a.system,
		Resources: a.resources, RemovedResources: a.removed,
	})
}

// recall answers from memory what Envoy waits for, as far as nobody else will.
func (r *Relay) recall(t *typeState, out *Out) {
	if !r.envoy {
		return
	}
	if resources := t.recallable(r.operator && t.asked); len(resources) > 0 {
		r.send(t, &answer{resources: resources, recalled: true}, out)
	}
}

// ask begins a type on the operator's stream. It waits for Envoy's word on what came from memory, so that the request
// says the truth about what Envoy has.
func (r *Relay) ask(t *typeState, out *Out) {
	if !r.envoy || !r.operator || t.asked || !t.wanted() || t.awaitsRecalled() {
		return
	}
	t.asked = true
	r.forward(&Request{
		TypeUrl: t.url, ResourceNamesSubscribe: t.subscription(), InitialResourceVersions: t.initialVersions(),
	}, out)
}

func (r *Relay) forward(request *Request, out *Out) {
	if !r.greeted {
		request.Node = r.node
		r.greeted = true
	}
	out.ToOperator = append(out.ToOperator, request)
}

func (r *Relay) sorted() []*typeState {
	rank := func(url string) int {
		if i := slices.Index(r.order, url); i >= 0 {
			return i
		}
		return len(r.order)
	}
	urls := slices.Sorted(maps.Keys(r.types))
	slices.SortStableFunc(urls, func(a, b string) int { return rank(a) - rank(b) })
	types := make([]*typeState, len(urls))
	for i, url := range urls {
		types[i] = r.types[url]
	}
	return types
}
