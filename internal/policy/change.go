package policy

import (
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/stage"
	"github.com/weft-mesh/weft/internal/status"
)

// Steps of a change. They are stored.
const (
	WidenNetwork  = "WidenNetwork"
	ApplyEnvoy    = "ApplyEnvoy"
	SettleNetwork = "SettleNetwork"
)

const deletion = "deletion"

// change is what a Policy moves to: one of its sections, or nothing.
type change struct {
	name   string
	access *v1alpha1.EnforcedAccess
	limits *v1alpha1.EnforcedLimits
}

func (c change) deletes() bool { return c.name == deletion }

func changeOf(p *v1alpha1.Policy) change {
	if p.DeletionTimestamp != nil {
		return change{name: deletion}
	}
	c := change{name: generation(p.Generation)}
	selector := *p.Spec.Selector.DeepCopy()
	if p.Spec.Access == nil && p.Spec.Limits != nil {
		c.limits = &v1alpha1.EnforcedLimits{Generation: p.Generation, Selector: selector, PolicyLimits: *p.Spec.Limits.DeepCopy()}
		return c
	}
	c.access = &v1alpha1.EnforcedAccess{Generation: p.Generation, Selector: selector}
	if p.Spec.Access != nil {
		c.access.Allow = p.Spec.Access.DeepCopy().Allow
	}
	return c
}

func generation(n int64) string { return "generation " + strconv.FormatInt(n, 10) }

// started is the stored change if proxies may have begun to apply it. It may go on: what it moves to is in the status.
func started(s v1alpha1.PolicyStatus) change {
	if s.Position == nil || s.Position.Step == WidenNetwork {
		return change{}
	}
	return change{name: s.Position.Change, access: s.Envoy, limits: s.Limits}
}

func steps(in Input) []stage.Step {
	return []stage.Step{
		{Name: WidenNetwork, Gate: func() (bool, string) {
			return in.NetworkWritten, "the NetworkPolicies to be widened"
		}},
		{Name: ApplyEnvoy, Gate: func() (bool, string) {
			if !in.Decidable {
				return false, "every replica of the operator to report its proxies"
			}
			return in.Acks.Complete(), status.AppliedBy(in.Acks)
		}},
		{Name: SettleNetwork},
	}
}

// enter makes the status that of a step which begins.
func enter(s *v1alpha1.PolicyStatus, step string, c change) {
	switch step {
	case WidenNetwork:
		s.Network = widened(*s, c)
	case ApplyEnvoy:
		s.Envoy, s.Limits = c.access, c.limits
	case SettleNetwork:
		s.Network = settled(c)
	}
}

// widened lets through what any proxy may enforce until the change is acknowledged.
func widened(s v1alpha1.PolicyStatus, c change) *v1alpha1.NetworkAccess {
	if c.access == nil {
		if s.Network != nil {
			s.Network.Isolates = false
		}
		return s.Network
	}
	n := v1alpha1.NetworkAccess{Accepts: sent(s)}
	if s.Network != nil {
		n.Isolates = s.Network.Isolates
	}
	same := func(a v1alpha1.EnforcedAccess) bool { return sameAccess(a, *c.access) }
	if !slices.ContainsFunc(n.Accepts, same) {
		n.Accepts = append(n.Accepts, *c.access.DeepCopy())
	}
	return &n
}

func settled(c change) *v1alpha1.NetworkAccess {
	if c.access == nil {
		return nil
	}
	return &v1alpha1.NetworkAccess{Isolates: true, Accepts: []v1alpha1.EnforcedAccess{*c.access.DeepCopy()}}
}

// sent is what is accepted without the entry of a change that never left its first step: no proxy has got that.
func sent(s v1alpha1.PolicyStatus) []v1alpha1.EnforcedAccess {
	if s.Network == nil {
		return nil
	}
	accepts := slices.Clone(s.Network.Accepts)
	if s.Position == nil || s.Position.Step != WidenNetwork {
		return accepts
	}
	return slices.DeleteFunc(accepts, func(a v1alpha1.EnforcedAccess) bool {
		return generation(a.Generation) == s.Position.Change
	})
}

// sameAccess compares all but the generation.
func sameAccess(a, b v1alpha1.EnforcedAccess) bool {
	return equality.Semantic.DeepEqual(a.Selector, b.Selector) && equality.Semantic.DeepEqual(a.Allow, b.Allow)
}
