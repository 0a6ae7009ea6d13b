package model

import (
	"fmt"
	"maps"
	"slices"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// checkPolicy finds what would make a Policy refuse, or let in, others than its author wanted. The rules of the CRD keep
// most of it out; an object may have been stored without them, or before they were.
func (b *builder) checkPolicy(p *v1alpha1.Policy) {
	unfit := func(reason, field, format string, args ...any) {
		b.fatal("Policy", keyOf(p), reason, field, format, args...)
	}
	if p.Spec.Unreadable != "" {
		unfit(ReasonUnreadable, "spec", "%s", p.Spec.Unreadable)
		return
	}
	if m := p.Spec.Mode; m != "" && m != v1alpha1.PolicyEnforce {
		unfit(ReasonUnsupported, "spec.mode", "mode %q is not implemented", m)
	}
	switch {
	case p.Spec.Access != nil && p.Spec.Limits != nil:
		unfit(ReasonUnsupported, "spec.limits", "a Policy has one section, and this one has access already")
		return
	case p.Spec.Limits != nil:
		b.checkLimits(p)
		return
	case p.Spec.Access == nil:
		unfit(ReasonUnsupported, "spec.access", "it is missing; an empty one lets nobody in")
		return
	case p.Status.Limits != nil:
		unfit(ReasonSectionChanged, "spec.access", "the Policy had limits before; make another Policy for access")
		return
	}
	for i, rule := range p.Spec.Access.Allow {
		field := fmt.Sprintf("spec.access.allow[%d]", i)
		for j, peer := range rule.From {
			if id, exists := callerOf(p, peer); !exists {
				unfit(ReasonNoSuchCaller, fmt.Sprintf("%s.from[%d].serviceAccount", field, j), "no account can be called %q in a namespace %q", id.Account, id.Namespace)
			}
		}
		for j, port := range rule.Ports {
			if port < 1 || port > 65535 {
				unfit(ReasonUnsupported, fmt.Sprintf("%s.ports[%d]", field, j), "%d is no port", port)
			}
		}
	}
}

// checkCanary finds what would move traffic to the wrong pods, or without a judgement.
func (b *builder) checkCanary(c *v1alpha1.Canary, s *Service) {
	unfit := func(reason, field, format string, args ...any) {
		b.fatal("Canary", keyOf(c), reason, field, format, args...)
	}
	if c.Spec.Unreadable != "" {
		unfit(ReasonUnreadable, "spec", "%s", c.Spec.Unreadable)
		return
	}
	if !slices.ContainsFunc(s.Ports, func(p Port) bool { return p.Protocol.IsHTTP() }) {
		if field := aboutRequests(c.Spec); field != "" {
			unfit(ReasonServiceNotHTTP, field, "Service %s has ports of TCP only, and this is about requests", s.Key)
		}
	}
	if len(c.Spec.Steps) == 0 {
		unfit(ReasonUnsupported, "spec.steps", "there is none, so the new version would get all requests at once")
	}
	b.checkFocus(c)
	b.checkSteps(c)
	if ref := c.Spec.TargetRef; ref != nil && c.Spec.Workloads == nil {
		b.checkTarget(c, ref)
		return
	}
	if c.Spec.TargetRef != nil {
		unfit(ReasonUnsupported, "spec.workloads", "there is a targetRef too, and a Canary has one form")
	}
	b.checkSelectors(c, s)
}

// aboutRequests is a field that means nothing without requests; empty: there is none.
func aboutRequests(spec v1alpha1.CanarySpec) string {
	mirrors := slices.IndexFunc(spec.Steps, func(s v1alpha1.CanaryStep) bool { return s.Mirror != nil })
	switch a := spec.Analysis; {
	case a != nil && a.Latency != nil:
		return "spec.analysis.latency"
	case a != nil && a.LatencyObjective != nil:
		return "spec.analysis.latencyObjective"
	case len(spec.Preview) > 0:
		return "spec.preview"
	case mirrors >= 0:
		return fmt.Sprintf("spec.steps[%d].mirror", mirrors)
	}
	return ""
}

// checkTarget finds workloads whose rollout can't be held: they take pods of the stable version away, or can't give them
// back.
func (b *builder) checkTarget(c *v1alpha1.Canary, ref *v1alpha1.WorkloadReference) {
	if ref.Kind != v1alpha1.KindDeployment {
		b.fatal("Canary", keyOf(c), ReasonKindNotHeld, "spec.targetRef.kind",
			"the rollout of a %s can't be held without losing pods of the stable version; make two workloads and name them in spec.workloads", ref.Kind)
	}
}

// checkSelectors finds selectors that don't tell two versions apart.
func (b *builder) checkSelectors(c *v1alpha1.Canary, s *Service) {
	var stable, canary map[string]string
	if w := c.Spec.Workloads; w != nil {
		stable, canary = w.Stable.MatchLabels, w.Canary.MatchLabels
	}
	unfit := func(reason, field, format string, args ...any) {
		b.fatal("Canary", keyOf(c), reason, field, format, args...)
	}
	const field = "spec.workloads"
	switch {
	case len(stable) == 0:
		unfit(ReasonEmptySelector, field+".stable.matchLabels", "without a label all pods would be the stable version")
	case len(canary) == 0:
		unfit(ReasonEmptySelector, field+".canary.matchLabels", "without a label all pods would be the new version")
	case maps.Equal(stable, canary):
		unfit(ReasonSameSelector, field, "stable and canary select the same pods")
	case has(stable, canary) || has(canary, stable):
		unfit(ReasonOverlap, field, "every pod that one of the selectors selects is selected by the other too")
	default:
		for _, pod := range b.podsOf(s) {
			if has(pod.Labels, stable) && has(pod.Labels, canary) {
				unfit(ReasonOverlap, field, "pod %s is selected as stable and as canary", pod.Name)
				return
			}
		}
	}
}
