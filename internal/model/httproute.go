package model

import gateway "sigs.k8s.io/gateway-api/apis/v1"

func ofHTTP(r *gateway.HTTPRoute) *userRoute {
	out := &userRoute{
		Object: r, kind: KindHTTPRoute, parents: r.Spec.ParentRefs, refusal: "500",
		fits: Protocol.IsHTTP, wants: "HTTP",
	}
	for _, rule := range r.Spec.Rules {
		own := userRule{unsupported: unsupportedHTTP(rule), timeouts: rule.Timeouts}
		for _, m := range rule.Matches {
			match := userMatch{never: impossible(m)}
			match.Match, match.problem = matchOf(m)
			own.matches = append(own.matches, match)
		}
		if len(own.matches) == 0 {
			own.matches = make([]userMatch, 1)
		}
		for _, ref := range rule.BackendRefs {
			own.backends = append(own.backends, userBackend{ref.BackendRef, len(ref.Filters) > 0})
		}
		out.rules = append(out.rules, own)
	}
	return out
}

func unsupportedHTTP(rule gateway.HTTPRouteRule) string {
	switch {
	case len(rule.Filters) > 0:
		return "filters"
	case rule.Retry != nil:
		return "retry"
	case rule.SessionPersistence != nil:
		return "sessionPersistence"
	}
	return ""
}
