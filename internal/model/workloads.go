package model

import (
	"cmp"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// workloads groups the pods with a sidecar. Terminating ones count, since their proxies still serve.
func (b *builder) workloads() {
	b.members = map[Key][]*corev1.Pod{}
	for _, pod := range b.Pods {
		if HasSidecar(pod) {
			key := WorkloadOf(pod)
			b.members[key] = append(b.members[key], pod)
		}
	}
	ports, serves := b.inbound()
	calls := b.calls()
	for _, key := range slices.SortedFunc(maps.Keys(b.members), compareKeys) {
		first := b.members[key][0]
		b.model.Workloads = append(b.model.Workloads, Workload{
			Key: key, Label: first.Labels[v1alpha1.LabelWorkload], Account: IdentityOf(first), Inbound: sortedPorts(ports[key]),
			Serves: serves[key], Calls: calls[key],
			FirstCalls: !slices.ContainsFunc(b.members[key], func(pod *corev1.Pod) bool { return !MakesFirstCalls(pod) }),
		})
	}
}

// calls are the stored calls by workload.
func (b *builder) calls() map[Key][]Key {
	out := map[Key][]Key{}
	for _, c := range b.Observed {
		from := Key{c.Namespace, c.Workload}
		out[from] = append(out[from], Key{c.ToNamespace, c.To})
	}
	for from, to := range out {
		slices.SortFunc(to, compareKeys)
		out[from] = slices.Compact(to)
	}
	return out
}

// inbound are the ports of each workload that Services lead to, and these Services. Where Services disagree about what a
// port speaks, it is TCP: that carries everything.
func (b *builder) inbound() (out map[Key]map[uint16]Protocol, serves map[Key][]Key) {
	out, serves = map[Key]map[uint16]Protocol{}, map[Key][]Key{}
	for i := range b.model.Services {
		s := &b.model.Services[i]
		for _, pod := range b.podsOf(s) {
			if !HasSidecar(pod) {
				continue
			}
			key := WorkloadOf(pod)
			if out[key] == nil {
				out[key] = map[uint16]Protocol{}
			}
			if at := serves[key]; len(at) == 0 || at[len(at)-1] != s.Key {
				serves[key] = append(at, s.Key)
			}
			for j := range s.Ports {
				if number, has := targetPort(pod, &s.Ports[j]); has {
					b.addInbound(out[key], key, s, number, s.Ports[j].Protocol)
				}
			}
		}
	}
	return out, serves
}

func (b *builder) addInbound(ports map[uint16]Protocol, workload Key, s *Service, number uint16, protocol Protocol) {
	was, known := ports[number]
	if known && was != protocol {
		b.note("Service", s.Key, ReasonProtocolConflict, "spec.ports",
			"port %d of the workload %s is declared with two protocols; it is treated as TCP", number, workload)
		protocol = TCP
	}
	ports[number] = protocol
}

func sortedPorts(ports map[uint16]Protocol) []InboundPort {
	var out []InboundPort
	for number, protocol := range ports {
		out = append(out, InboundPort{number, protocol})
	}
	slices.SortFunc(out, func(a, b InboundPort) int { return cmp.Compare(a.Port, b.Port) })
	return out
}
