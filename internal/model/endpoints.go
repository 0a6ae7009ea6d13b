package model

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/weft-mesh/weft/internal/hold"
	"github.com/weft-mesh/weft/internal/snapshot"
)

// RevisionOf tells the pods of a workload's versions apart: by the label that Deployments give them, or by that of
// StatefulSets and DaemonSets.
func RevisionOf(pod *corev1.Pod) string {
	return cmp.Or(pod.Labels["pod-template-hash"], pod.Labels["controller-revision-hash"])
}

// BuildEndpoints finds the serving pods behind each port of each Service of the snapshot's namespaces, and behind each
// version of a divided one; of an outside host, its addresses. It is the only part that follows addresses and readiness.
// The order is that of the model's Services and ports.
//
// Where no pod is ready, those count that were ready when their node was heard last: silence of all nodes, as after an
// outage of the API server, is no reason to call nobody.
func BuildEndpoints(s snapshot.Snapshot, m *Model) []Endpoints {
	x := newIndex(s)
	var out []Endpoints
	for i := range m.Services {
		service := &m.Services[i]
		if !x.joined[service.Namespace] {
			continue
		}
		if service.Outside {
			for j := range service.Ports {
				p := &service.Ports[j]
				out = append(out, Endpoints{Service: service.Key, Port: p.Number, Items: outsideEndpoints(p, x.slicesOf(service.Key))})
			}
			continue
		}
		pods := slices.DeleteFunc(x.podsOf(service), func(p *corev1.Pod) bool { return !Serving(p) && !unheard(p) && !service.Split.waiting(p) })
		for j := range service.Ports {
			p := &service.Ports[j]
			out = append(out, x.placed(service, p, portEndpoints(service, p, pods))...)
		}
	}
	return out
}

// Serving says whether a pod may get traffic: it is ready, is not terminating and has an address.
func Serving(pod *corev1.Pod) bool { return isTrue(pod, corev1.PodReady) && present(pod) }

// unheard says that the control plane has taken the readiness of a pod away because its node is silent. A kubelet says
// that a pod is ready whenever its containers and all of its gates are.
func unheard(pod *corev1.Pod) bool {
	shut := slices.ContainsFunc(pod.Spec.ReadinessGates, func(g corev1.PodReadinessGate) bool { return !isTrue(pod, g.ConditionType) })
	return !isTrue(pod, corev1.PodReady) && isTrue(pod, corev1.ContainersReady) && !shut && present(pod)
}

// waiting says that a pod serves although it is not released: it is of the version that is judged.
func (s *Split) waiting(pod *corev1.Pod) bool {
	return s != nil && s.Held && has(pod.Labels, s.Canary.Labels) && hold.Serving(pod) && present(pod)
}

func isTrue(pod *corev1.Pod, condition corev1.PodConditionType) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == condition && c.Status == corev1.ConditionTrue
	})
}

// present says that a pod is not on its way out and has an address.
func present(pod *corev1.Pod) bool {
	_, has := callable(pod.Status.PodIP)
	return has && pod.DeletionTimestamp == nil && !ended(pod)
}

// orElse is a list, or another one if it is empty.
func orElse(pods, others []*corev1.Pod) []*corev1.Pod {
	if len(pods) > 0 {
		return pods
	}
	return others
}

// portEndpoints are the clusters of one port. That of the whole Service exists also while it is divided: a Canary that comes
// or goes takes no cluster away from what still names it.
func portEndpoints(s *Service, p *Port, pods []*corev1.Pod) []Endpoints {
	serving := slices.DeleteFunc(slices.Clone(pods), unheard)
	if s.Split == nil {
		return []Endpoints{{Service: s.Key, Port: p.Number, Items: items(p, orElse(serving, pods))}}
	}
	stable, canary := s.Split.divide(serving)
	allStable, allCanary := s.Split.divide(pods)
	atStable, atCanary := items(p, orElse(stable, allStable)), items(p, orElse(canary, allCanary))
	return []Endpoints{
		{Service: s.Key, Port: p.Number, Items: weighted(atStable, atCanary, s.Split)},
		{Service: s.Key, Port: p.Number, Subset: s.Split.Stable.Name, Items: atStable},
		{Service: s.Key, Port: p.Number, Subset: s.Split.Canary.Name, Items: atCanary},
	}
}

// divide tells the two versions apart. A pod is in one of them at most, whatever the selectors; a pod that the canary's
// selector selects and whose revision is not the pinned one is in none. Where a promoted version is all that is left,
// each of its revisions serves.
func (s *Split) divide(pods []*corev1.Pod) (stable, canary []*corev1.Pod) {
	var others []*corev1.Pod
	for _, pod := range pods {
		switch {
		case !has(pod.Labels, s.Canary.Labels):
			if has(pod.Labels, s.Stable.Labels) {
				stable = append(stable, pod)
			}
		case s.Canary.Revision == "" || RevisionOf(pod) == s.Canary.Revision:
			canary = append(canary, pod)
		default:
			others = append(others, pod)
		}
	}
	if promoted := s.StableWeight == 0 && !s.Judged; promoted && len(stable) == 0 {
		canary = append(canary, others...)
	}
	return stable, canary
}

func items(p *Port, pods []*corev1.Pod) []Endpoint {
	var out []Endpoint
	for _, pod := range pods {
		number, has := targetPort(pod, p)
		if !has {
			continue
		}
		address, _ := callable(pod.Status.PodIP)
		out = append(out, Endpoint{Address: address, Port: number, Account: IdentityOf(pod), Plain: !HasSidecar(pod), Pod: pod.Name, Weight: 1})
	}
	return out
}

// weighted joins both versions so that connections are divided as the split says, whatever the numbers of pods. When
// one of them has no pod, the other gets everything, unless it waits and has no share yet.
func weighted(stable, canary []Endpoint, s *Split) []Endpoint {
	if s.Held && s.CanaryWeight == 0 {
		return slices.Clone(stable)
	}
	if len(stable) == 0 || len(canary) == 0 {
		return append(slices.Clone(stable), canary...)
	}
	shareOfStable, shareOfCanary := s.Connections()
	forStable, forCanary := shareOfStable*uint32(len(canary)), shareOfCanary*uint32(len(stable))
	divisor := gcd(forStable, forCanary)
	var out []Endpoint
	for _, share := range []struct {
		items  []Endpoint
		weight uint32
	}{{stable, forStable / divisor}, {canary, forCanary / divisor}} {
		for _, e := range share.items {
			if e.Weight = share.weight; e.Weight > 0 {
				out = append(out, e)
			}
		}
	}
	return out
}

// Connections are the shares of both versions, in percent, where there are no requests to look at: nobody can tell which
// connections are in a focus, so none is.
func (s *Split) Connections() (stable, canary uint32) {
	if s.Focused {
		return wholeShare, 0
	}
	return s.StableWeight, s.CanaryWeight
}

func gcd(a, b uint32) uint32 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
