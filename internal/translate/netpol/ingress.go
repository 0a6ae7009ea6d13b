package netpol

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
)

// portRule is all who may call the same ports; no ports are all ports.
type portRule struct {
	ports []uint16
	from  []model.Identity
}

// ingress has one rule for each set of ports. It is empty and not nil when nobody may call: nothing is let through.
func ingress(rules []model.Rule) []networking.NetworkPolicyIngressRule {
	out := []networking.NetworkPolicyIngressRule{}
	for _, r := range byPorts(rules) {
		out = append(out, networking.NetworkPolicyIngressRule{From: peers(r.from), Ports: ports(r.ports)})
	}
	return out
}

// byPorts merges rules for the same ports and sorts. Rules without peers allow nobody and are left out.
func byPorts(rules []model.Rule) []portRule {
	var out []portRule
	for _, r := range rules {
		if len(r.From) == 0 {
			continue
		}
		ports := slices.Compact(slices.Sorted(slices.Values(r.Ports)))
		at := slices.IndexFunc(out, func(o portRule) bool { return slices.Equal(o.ports, ports) })
		if at < 0 {
			at = len(out)
			out = append(out, portRule{ports: ports})
		}
		out[at].from = append(out[at].from, r.From...)
	}
	slices.SortFunc(out, func(a, b portRule) int { return slices.Compare(a.ports, b.ports) })
	return out
}

// peers are sorted and each is there once. An account without a label stands as its namespace.
func peers(from []model.Identity) []networking.NetworkPolicyPeer {
	var seen []model.Identity
	for _, id := range from {
		if !fits(id.Account) {
			id.Account = ""
		}
		seen = append(seen, id)
	}
	slices.SortFunc(seen, func(a, b model.Identity) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Account, b.Account))
	})
	var out []networking.NetworkPolicyPeer
	for _, id := range slices.Compact(seen) {
		out = append(out, peer(id))
	}
	return out
}

// peer has both selectors in one entry, so that both must match.
func peer(id model.Identity) networking.NetworkPolicyPeer {
	p := networking.NetworkPolicyPeer{NamespaceSelector: &metav1.LabelSelector{
		MatchLabels: map[string]string{corev1.LabelMetadataName: id.Namespace},
	}}
	if id.Account != "" {
		p.PodSelector = &metav1.LabelSelector{MatchLabels: map[string]string{v1alpha1.LabelServiceAccount: id.Account}}
	}
	return p
}

func ports(numbers []uint16) []networking.NetworkPolicyPort {
	var out []networking.NetworkPolicyPort
	for _, n := range numbers {
		tcp, number := corev1.ProtocolTCP, intstr.FromInt32(int32(n))
		out = append(out, networking.NetworkPolicyPort{Protocol: &tcp, Port: &number})
	}
	return out
}
