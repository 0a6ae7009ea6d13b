package policy

import (
	"github.com/mattfenwick/cyclonus/pkg/matcher"
	corev1 "k8s.io/api/core/v1"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/netpol"
)

// oracle says what a network plugin would let through.
type oracle struct{ policy *matcher.Policy }

func oracleOf(m *model.Model) oracle {
	return oracle{matcher.BuildNetworkPolicies(true, netpol.Build(m))}
}

// pod is one end of a connection.
type pod struct {
	namespace string
	labels    map[string]string
}

func (o oracle) letsThrough(from, to pod, port uint16, protocol corev1.Protocol) bool {
	return o.policy.IsTrafficAllowed(&matcher.Traffic{
		Source:       peer(from, "10.0.0.1"),
		Destination:  peer(to, "10.0.0.2"),
		ResolvedPort: int(port),
		Protocol:     protocol,
	}).IsAllowed()
}

func peer(p pod, address string) *matcher.TrafficPeer {
	return &matcher.TrafficPeer{IP: address, Internal: &matcher.InternalPeer{
		Namespace:       p.namespace,
		NamespaceLabels: map[string]string{"kubernetes.io/metadata.name": p.namespace},
		PodLabels:       p.labels,
	}}
}

// injected is a pod as injection leaves it: an account that doesn't fit into a label is not in one.
func injected(workload string, runsAs model.Identity) pod {
	labels := map[string]string{"app": workload, "weft.dev/workload": workload}
	if len(runsAs.Account) <= 63 {
		labels["weft.dev/service-account"] = runsAs.Account
	}
	return pod{namespace: runsAs.Namespace, labels: labels}
}

// plain is a pod without a sidecar, and so without labels of ours.
func plain(namespace string) pod {
	return pod{namespace: namespace, labels: map[string]string{"app": "plain"}}
}
