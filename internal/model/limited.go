package model

import (
	"cmp"
	"slices"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// limits resolves the limits of each Service: those of the Mesh, and over them field by field those of the Policies that
// are about it. They follow the status of Policies; the spec only gives findings.
func (b *builder) limits() {
	byNamespace := map[string][]*v1alpha1.Policy{} // the oldest first
	for _, p := range slices.SortedFunc(slices.Values(b.Policies), func(a, b *v1alpha1.Policy) int { return older(a, b) }) {
		if b.joined[p.Namespace] && (p.Spec.Limits != nil || p.Status.Limits != nil) {
			byNamespace[p.Namespace] = append(byNamespace[p.Namespace], p)
		}
	}
	for i := range b.model.Services {
		s := &b.model.Services[i]
		policies := byNamespace[s.Namespace]
		b.checkConflicts(s, policies)
		s.Limits = b.model.Mesh.Limits
		for _, l := range b.inForce(s, policies) {
			s.Limits = s.Limits.with(l)
		}
		s.LimitStamps = b.limitStamps(s, policies)
	}
}

// inForce are the limits that the proxies are to hold to, the least specific ones first.
func (b *builder) inForce(s *Service, policies []*v1alpha1.Policy) []v1alpha1.Limits {
	var all []v1alpha1.EnforcedLimits
	for _, p := range policies {
		if l := p.Status.Limits; l != nil && about(l.Selector, l.Services, s) {
			all = append(all, *l)
		}
	}
	slices.SortStableFunc(all, func(x, y v1alpha1.EnforcedLimits) int {
		return cmp.Compare(specificity(y.Selector, y.Services), specificity(x.Selector, x.Services))
	})
	var out []v1alpha1.Limits
	for _, l := range slices.Backward(all) {
		out = append(out, l.Limits)
	}
	return out
}

// about says whether limits in the namespace of a Service are its own: by its name, or because all of its pods have the
// labels.
func about(selector v1alpha1.PodSelector, services []string, s *Service) bool {
	if len(services) > 0 {
		return slices.Contains(services, s.Name)
	}
	return has(s.Selector, selector.MatchLabels)
}

// specificity is greater for limits that name a Service, then for those with more labels.
func specificity(selector v1alpha1.PodSelector, services []string) int {
	const named = 1 << 20
	if len(services) > 0 {
		return named
	}
	return len(selector.MatchLabels)
}

// limitStamps are the Policies that are about a Service now, or that were at a step which is not over. A Policy that has
// access in force is stamped where that is.
func (b *builder) limitStamps(s *Service, policies []*v1alpha1.Policy) []Stamp {
	var out []Stamp
	for _, p := range policies {
		asked, given := limitsAsked(p), p.Status.Limits
		if !hasAccess(p) && (asked != nil && about(p.Spec.Selector, asked.Services, s) ||
			given != nil && about(given.Selector, given.Services, s)) {
			out = append(out, PolicyStamp(p))
		}
	}
	slices.SortFunc(out, compareStamps)
	return out
}

// limitsAsked are what a spec asks for, nil if it doesn't.
func limitsAsked(p *v1alpha1.Policy) *v1alpha1.PolicyLimits {
	if p.Spec.Unreadable != "" || p.Spec.Access != nil {
		return nil
	}
	return p.Spec.Limits
}

// hasAccess says whether a layer holds rules of a Policy.
func hasAccess(p *v1alpha1.Policy) bool { return p.Status.Envoy != nil || p.Status.Network != nil }

// checkConflicts tells a Policy that an older one, as specific as it, sets a field of a Service to something else.
func (b *builder) checkConflicts(s *Service, oldestFirst []*v1alpha1.Policy) {
	type place struct {
		field string
		level int
	}
	type claim struct {
		by   *v1alpha1.Policy
		text string
	}
	claims := map[place]claim{}
	for _, p := range oldestFirst {
		asked := limitsAsked(p)
		if asked == nil || !about(p.Spec.Selector, asked.Services, s) {
			continue
		}
		for _, k := range knobs {
			text, _ := k.set(asked.Limits, &Limits{})
			if text == "" {
				continue
			}
			at := place{k.field, specificity(p.Spec.Selector, asked.Services)}
			if first, claimed := claims[at]; !claimed {
				claims[at] = claim{p, text}
			} else if first.text != text {
				b.fatal("Policy", keyOf(p), ReasonConflict, "spec.limits."+k.field,
					"Service %s has %s from the Policy %s, which is older and as specific", s.Name, first.text, first.by.Name)
			}
		}
	}
}

// checkLimits finds what the rules of the CRD keep out, and limits that are about nothing.
func (b *builder) checkLimits(p *v1alpha1.Policy) {
	asked := p.Spec.Limits
	if hasAccess(p) {
		b.fatal("Policy", keyOf(p), ReasonSectionChanged, "spec.limits", "the Policy had access before; make another Policy for limits")
	}
	if len(asked.Services) > 0 && len(p.Spec.Selector.MatchLabels) > 0 {
		b.fatal("Policy", keyOf(p), ReasonUnsupported, "spec.selector", "spec.limits.services names the Services, so it must be empty")
	}
	for _, k := range knobs {
		if text, fit := k.set(asked.Limits, &Limits{}); !fit {
			b.fatal("Policy", keyOf(p), ReasonUnsupported, "spec.limits."+k.field, "%s is not within its bounds", text)
		}
	}
	for _, name := range asked.Services {
		if _, found := b.model.Service(Key{p.Namespace, name}); !found {
			b.note("Policy", keyOf(p), ReasonServiceNotFound, "spec.limits.services", "there is no Service %s with a cluster IP and a TCP port", name)
		}
	}
	if len(asked.Services) == 0 && !slices.ContainsFunc(b.model.Services, func(s Service) bool { return s.Namespace == p.Namespace && about(p.Spec.Selector, nil, &s) }) {
		b.note("Policy", keyOf(p), ReasonSelectsNothing, "spec.selector", "no Service of the mesh in namespace %s has a selector with these labels", p.Namespace)
	}
}

// LimitedServices names the Services that the limits of a Policy are about, sorted.
func LimitedServices(m *Model, uid string) []string {
	var out []string
	for _, s := range m.Services {
		if slices.ContainsFunc(s.LimitStamps, func(s Stamp) bool { return s.UID == uid }) {
			out = append(out, s.Name)
		}
	}
	return out
}
