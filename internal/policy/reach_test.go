package policy_test

import (
	"slices"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// The reference: who reaches whom, told from the meaning of the fields and from nothing else.

type caller struct {
	namespace, account string
	port               int32
}

// contribution is what one Policy adds to one workload at one layer.
type contribution struct {
	isolates bool
	rules    []v1alpha1.AccessRule
}

func (c contribution) allows(from caller, home string) bool {
	return slices.ContainsFunc(c.rules, func(r v1alpha1.AccessRule) bool {
		port := len(r.Ports) == 0 || slices.Contains(r.Ports, from.port)
		return port && slices.ContainsFunc(r.From, func(p v1alpha1.Peer) bool {
			namespace := p.ServiceAccount.Namespace
			if namespace == "" {
				namespace = home
			}
			return namespace == from.namespace && p.ServiceAccount.Name == from.account
		})
	})
}

func selects(s v1alpha1.PodSelector, labels map[string]string) bool {
	for k, v := range s.MatchLabels {
		if labels[k] != v {
			return false
		}
	}
	return true
}

func byEnvoy(e *v1alpha1.EnforcedAccess, labels map[string]string) contribution {
	if e == nil || !selects(e.Selector, labels) {
		return contribution{}
	}
	return contribution{isolates: true, rules: e.Allow}
}

func byNetwork(n *v1alpha1.NetworkAccess, labels map[string]string) contribution {
	if n == nil {
		return contribution{}
	}
	out := contribution{isolates: n.Isolates}
	for _, a := range n.Accepts {
		if !selects(a.Selector, labels) {
			out.isolates = false
			continue
		}
		out.rules = append(out.rules, a.Allow...)
	}
	return out
}

// reaches says whether a call gets through a layer to which the policies of a namespace add these contributions.
func reaches(all []contribution, from caller, home string) bool {
	isolated := false
	for _, c := range all {
		if c.allows(from, home) {
			return true
		}
		isolated = isolated || c.isolates
	}
	return !isolated
}

// mayReach says whether a call gets through some combination: each Policy adds any one of its contributions.
func mayReach(all [][]contribution, from caller, home string) bool {
	open := true
	for _, possible := range all {
		if slices.ContainsFunc(possible, func(c contribution) bool { return c.allows(from, home) }) {
			return true
		}
		open = open && slices.ContainsFunc(possible, func(c contribution) bool { return !c.isolates })
	}
	return open
}
