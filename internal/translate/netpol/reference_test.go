package netpol_test

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"

	"github.com/weft-mesh/weft/internal/model"
)

// A reading of the parts of a NetworkPolicy that are used here, as the API describes them.

func letsThrough(p *networking.NetworkPolicy, from model.Identity, port uint16) bool {
	return slices.ContainsFunc(p.Spec.Ingress, func(in networking.NetworkPolicyIngressRule) bool {
		return (len(in.From) == 0 || slices.ContainsFunc(in.From, func(peer networking.NetworkPolicyPeer) bool { return isPeer(peer, from) })) &&
			(len(in.Ports) == 0 || slices.ContainsFunc(in.Ports, func(q networking.NetworkPolicyPort) bool {
				return *q.Protocol == corev1.ProtocolTCP && q.Port.IntVal == int32(port)
			}))
	})
}

func isPeer(p networking.NetworkPolicyPeer, from model.Identity) bool {
	labels := map[string]string{}
	if len(from.Account) <= 63 {
		labels["weft.dev/service-account"] = from.Account
	}
	if p.NamespaceSelector.MatchLabels["kubernetes.io/metadata.name"] != from.Namespace {
		return false
	}
	if p.PodSelector == nil {
		return true
	}
	for k, v := range p.PodSelector.MatchLabels {
		if labels[k] != v {
			return false
		}
	}
	return true
}

func allows(a model.Access, from model.Identity, port uint16) bool {
	return slices.ContainsFunc(a.Rules, func(r model.Rule) bool {
		return (len(r.Ports) == 0 || slices.Contains(r.Ports, port)) && slices.Contains(r.From, from)
	})
}

// longPeer says whether an account that has no label may call from the namespace.
func longPeer(a model.Access, namespace string, port uint16) bool {
	return allows(a, model.Identity{Namespace: namespace, Account: long}, port) ||
		allows(a, model.Identity{Namespace: namespace, Account: long + "er"}, port)
}

// read makes rules of an object again.
func read(p *networking.NetworkPolicy) []model.Rule {
	var out []model.Rule
	for _, in := range p.Spec.Ingress {
		var r model.Rule
		for _, peer := range in.From {
			r.From = append(r.From, model.Identity{
				Namespace: peer.NamespaceSelector.MatchLabels["kubernetes.io/metadata.name"],
				Account:   peer.PodSelector.MatchLabels["weft.dev/service-account"],
			})
		}
		for _, port := range in.Ports {
			r.Ports = append(r.Ports, uint16(port.Port.IntVal))
		}
		out = append(out, r)
	}
	return out
}
