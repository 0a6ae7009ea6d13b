package model

import (
	"cmp"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// access says who may call each workload, layer by layer. It follows the status of Policies: a change is in force when
// it is stored there.
func (b *builder) access() {
	for _, p := range b.Policies {
		if !b.joined[p.Namespace] {
			b.fatal("Policy", keyOf(p), ReasonNamespaceNotJoined, "metadata.namespace", "namespace %s has not joined the mesh", p.Namespace)
			continue
		}
		if p.Spec.Limits == nil {
			b.notePolicy(p)
		}
		b.checkPolicy(p)
		for i := range b.model.Workloads {
			if w := &b.model.Workloads[i]; w.Namespace == p.Namespace {
				b.contribute(p, w)
			}
		}
	}
}

// contribute adds what a Policy has in force to a workload.
func (b *builder) contribute(p *v1alpha1.Policy, w *Workload) {
	pods := b.members[w.Key]
	concerned := p.Spec.Unreadable == "" && p.Spec.Limits == nil && p.Status.Limits == nil && selectsAny(p.Spec.Selector, pods)
	if e := p.Status.Envoy; e != nil && selectsAny(e.Selector, pods) {
		concerned = true
		w.Envoy.Isolated = true
		w.Envoy.Rules = append(w.Envoy.Rules, rulesOf(p, *e)...)
	}
	if n := p.Status.Network; n != nil {
		for _, accepted := range n.Accepts {
			if selectsAny(accepted.Selector, pods) {
				concerned = true
				w.Network.Rules = append(w.Network.Rules, rulesOf(p, accepted)...)
			}
		}
		w.Network.Isolated = w.Network.Isolated || isolates(*n, pods)
	}
	if concerned {
		w.Stamps = append(w.Stamps, PolicyStamp(p))
	}
}

// isolates says whether a Policy drops what no rule allows. While its selector changes, the pods that only one of the
// accepted generations selects stay open: the proxies decide there until the change is over.
func isolates(n v1alpha1.NetworkAccess, pods []*corev1.Pod) bool {
	return n.Isolates && len(n.Accepts) > 0 && !slices.ContainsFunc(n.Accepts, func(e v1alpha1.EnforcedAccess) bool {
		return !selectsAny(e.Selector, pods)
	})
}

// PolicyStamp is a Policy at the step that its status has stored.
func PolicyStamp(p *v1alpha1.Policy) Stamp {
	return Stamp{Kind: "Policy", Namespace: p.Namespace, Name: p.Name, UID: string(p.UID), Version: sequence(p.Status.Position)}
}

// notePolicy tells of a selector that selects nothing, or only some pods of a workload: all of them get the same rules.
func (b *builder) notePolicy(p *v1alpha1.Policy) {
	nothing := true
	for _, w := range b.model.Workloads {
		if w.Namespace != p.Namespace {
			continue
		}
		pods := b.members[w.Key]
		count := 0
		for _, pod := range pods {
			if has(pod.Labels, p.Spec.Selector.MatchLabels) {
				count++
			}
		}
		nothing = nothing && count == 0
		if count > 0 && count < len(pods) {
			b.note("Policy", keyOf(p), ReasonSelectsPart, "spec.selector", "only some pods of the workload %s are selected; all of them get the rules", w.Key)
		}
	}
	if nothing {
		b.note("Policy", keyOf(p), ReasonSelectsNothing, "spec.selector", "no pod of the mesh in namespace %s is selected", p.Namespace)
	}
}

func selectsAny(s v1alpha1.PodSelector, pods []*corev1.Pod) bool {
	return slices.ContainsFunc(pods, func(pod *corev1.Pod) bool { return has(pod.Labels, s.MatchLabels) })
}

// rulesOf names each rule by its place in the Policy. A rule whose callers or ports come to nothing is left out: an
// empty list would mean everything.
func rulesOf(p *v1alpha1.Policy, e v1alpha1.EnforcedAccess) []Rule {
	var out []Rule
	for i, allow := range e.Allow {
		rule := Rule{Name: fmt.Sprintf("ns[%s]-policy[%s]-rule[%d]", p.Namespace, p.Name, i)}
		for _, peer := range allow.From {
			if id, exists := callerOf(p, peer); exists {
				rule.From = append(rule.From, id)
			}
		}
		for _, port := range allow.Ports {
			if port > 0 && port <= 65535 {
				rule.Ports = append(rule.Ports, uint16(port))
			}
		}
		if len(rule.From) == 0 || len(allow.Ports) > 0 && len(rule.Ports) == 0 {
			continue
		}
		slices.SortFunc(rule.From, compareIdentities)
		rule.From = slices.Compact(rule.From)
		slices.Sort(rule.Ports)
		rule.Ports = slices.Compact(rule.Ports)
		out = append(out, rule)
	}
	return out
}

// callerOf is the account that a peer names. It is false for a name that no account can have: NetworkPolicies can't
// hold it, and nobody calls under it.
func callerOf(p *v1alpha1.Policy, peer v1alpha1.Peer) (id Identity, exists bool) {
	sa := peer.ServiceAccount
	if sa == nil {
		return Identity{}, false
	}
	id = Identity{cmp.Or(sa.Namespace, p.Namespace), sa.Name}
	return id, len(validation.IsDNS1123Label(id.Namespace)) == 0 && len(validation.IsDNS1123Subdomain(id.Account)) == 0
}

// Allows says whether a caller may call a port. What a layer enforces must agree with it.
func (a Access) Allows(caller Identity, port uint16) bool {
	return !a.Isolated || slices.ContainsFunc(a.Rules, func(r Rule) bool {
		return slices.Contains(r.From, caller) && r.Covers(port)
	})
}

// Covers says whether a rule is about a port.
func (r Rule) Covers(port uint16) bool { return len(r.Ports) == 0 || slices.Contains(r.Ports, port) }
