package relay

import (
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
)

// FromEnvoy takes a request of Envoy: a subscription, an acknowledgement, or both in one.
func (r *Relay) FromEnvoy(request *Request) Out {
	var out Out
	if !r.envoy {
		return out
	}
	if request.Node != nil {
		r.node = slim(request.Node)
	}
	t := r.of(request.TypeUrl)
	first := !t.begun
	changed := t.subscribe(request)
	if first {
		t.claim(request.InitialResourceVersions)
	}
	a := t.take(request.ResponseNonce)
	if a != nil {
		t.judge(a, request.ErrorDetail == nil)
	}
	r.recall(t, &out)
	if !t.asked {
		r.ask(t, &out)
		return out
	}
	r.pass(t, request, a, changed, &out)
	return out
}

// pass tells the operator of an acknowledgement that belongs to its stream, and of changed subscriptions.
func (r *Relay) pass(t *typeState, request *Request, a *answer, changed bool, out *Out) {
	own := a != nil && !a.recalled && a.generation == r.generation
	if !r.operator || !own && !changed {
		return
	}
	message := &Request{
		TypeUrl:                  t.url,
		ResourceNamesSubscribe:   request.ResourceNamesSubscribe,
		ResourceNamesUnsubscribe: request.ResourceNamesUnsubscribe,
	}
	if own {
		message.ResponseNonce, message.ErrorDetail = a.nonce, request.ErrorDetail
	}
	r.forward(message, out)
}

// slim leaves the list of Envoy's extensions out of a node: it is some 60 kB, and every stream would begin with it.
func slim(node *corev3.Node) *corev3.Node {
	return &corev3.Node{
		Id: node.Id, Cluster: node.Cluster, Metadata: node.Metadata, Locality: node.Locality,
		UserAgentName: node.UserAgentName, UserAgentVersionType: node.UserAgentVersionType,
		ClientFeatures: node.ClientFeatures,
	}
}
