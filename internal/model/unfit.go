package model

import (
	"fmt"

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
	if p.Spec.Access == nil {
		unfit(ReasonUnsupported, "spec.access", "it is missing; an empty one lets nobody in")
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
