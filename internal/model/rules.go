package model

import (
	"fmt"
	"math"
	"time"

	gateway "sigs.k8s.io/gateway-api/apis/v1"
)

// rules makes one Route for each match of each rule. A rule that asks for something this release does not implement is
// broken as a whole: its requests get a 500 rather than a part of what was asked for. A match that no request fits is
// left out, and the HTTPRoute with it if there is no other.
func (b *builder) rules(r *gateway.HTTPRoute) []Route {
	var out []Route
	never := map[string]string{} // by field
	for i, rule := range r.Spec.Rules {
		field := fmt.Sprintf("spec.rules[%d]", i)
		route := Route{Broken: b.unsupported(r, field, rule)}
		route.Backends = b.backends(r, field, rule.BackendRefs)
		if problem := weightsOf(rule.BackendRefs); problem != "" {
			route.Broken, route.Backends = true, nil
			b.note("HTTPRoute", keyOf(r), ReasonUnsupported, field+".backendRefs", "%s; requests that match the rule are answered with 500", problem)
		} else if len(route.Backends) == 0 {
			route.Broken = true
			b.note("HTTPRoute", keyOf(r), ReasonNoBackends, field+".backendRefs", "a rule without a backend answers with 500")
		}
		var late string
		route.Timed = rule.Timeouts != nil && (rule.Timeouts.Request != nil || rule.Timeouts.BackendRequest != nil)
		if route.Timeout, late = timeout(rule.Timeouts); late != "" {
			route.Broken = true
			b.note("HTTPRoute", keyOf(r), ReasonUnsupported, field+".timeouts", "%s; requests that match the rule are answered with 500", late)
		}
		for j, m := range matchesOf(rule) {
			if problem := impossible(m); problem != "" {
				never[fmt.Sprintf("%s.matches[%d]", field, j)] = problem
				continue
			}
			match := route
			match.Name = fmt.Sprintf("%s/%s/rule[%d]/match[%d]", r.Namespace, r.Name, i, j)
			match.From, match.Field = keyOf(r), fmt.Sprintf("%s.matches[%d]", field, j)
			var problem string
			if match.Match, problem = matchOf(m); problem != "" {
				match.Broken = true
				b.note("HTTPRoute", keyOf(r), ReasonUnsupported, fmt.Sprintf("%s.matches[%d]", field, j),
					"%s; requests that the rest of the match fits are answered with 500", problem)
			}
			out = append(out, match)
		}
	}
	for field, problem := range never {
		if len(out) > 0 {
			b.note("HTTPRoute", keyOf(r), ReasonUnsupported, field, "%s; the match is left out", problem)
		} else {
			b.fatal("HTTPRoute", keyOf(r), ReasonUnsupported, field, "%s; there is no other match, so the HTTPRoute is left out", problem)
		}
	}
	return out
}

func matchesOf(rule gateway.HTTPRouteRule) []gateway.HTTPRouteMatch {
	if len(rule.Matches) == 0 {
		return []gateway.HTTPRouteMatch{{}}
	}
	return rule.Matches
}

func (b *builder) unsupported(r *gateway.HTTPRoute, field string, rule gateway.HTTPRouteRule) bool {
	what := ""
	switch {
	case len(rule.Filters) > 0:
		what = "filters"
	case rule.Retry != nil:
		what = "retry"
	case rule.SessionPersistence != nil:
		what = "sessionPersistence"
	default:
		return false
	}
	b.note("HTTPRoute", keyOf(r), ReasonUnsupported, field+"."+what,
		"%s is not implemented; requests that match the rule are answered with 500", what)
	return true
}

// backends are the shares of a rule. A share that can't be served keeps its weight, so that the others don't grow.
func (b *builder) backends(r *gateway.HTTPRoute, field string, refs []gateway.HTTPBackendRef) []Backend {
	var out []Backend
	for i, ref := range refs {
		backend := Backend{Weight: uint32(max(weightOf(ref), 0))}
		key := Key{r.Namespace, string(ref.Name)}
		if reason, problem := b.refusal(r, ref, key); reason != "" {
			b.note("HTTPRoute", keyOf(r), reason, fmt.Sprintf("%s.backendRefs[%d]", field, i), "%s; its share of the requests is answered with 500", problem)
		} else {
			backend.Service, backend.Port = key, uint16(*ref.Port)
		}
		out = append(out, backend)
	}
	return out
}

// refusal says why a backend can't be served; an empty reason, that it can.
func (b *builder) refusal(r *gateway.HTTPRoute, ref gateway.HTTPBackendRef, key Key) (reason, problem string) {
	if !refersToService(ref.Group, ref.Kind, "", "Service") {
		return ReasonBackendKind, "the backend is not a Service"
	}
	if ref.Namespace != nil && string(*ref.Namespace) != r.Namespace {
		return ReasonRefNotPermitted, fmt.Sprintf("namespace %s is not that of the route, and ReferenceGrants, which could permit it, are not implemented", *ref.Namespace)
	}
	if len(ref.Filters) > 0 {
		return ReasonUnsupported, "filters are not implemented"
	}
	service, found := b.model.Service(key)
	if !found {
		return ReasonBackendNotFound, fmt.Sprintf("there is no Service %s with a cluster IP", key)
	}
	if ref.Port == nil || *ref.Port < 1 || *ref.Port > math.MaxUint16 {
		return ReasonBackendNotFound, "the backend names no port"
	}
	if _, found := service.Port(uint16(*ref.Port)); !found {
		return ReasonBackendNotFound, fmt.Sprintf("Service %s has no port %d", key, *ref.Port)
	}
	return "", ""
}

// timeout is the shorter one of a rule's time-outs: what was sent is never sent again, so a request is one attempt.
func timeout(t *gateway.HTTPRouteTimeouts) (out time.Duration, problem string) {
	if t == nil {
		return 0, ""
	}
	for _, text := range []*gateway.Duration{t.Request, t.BackendRequest} {
		if text == nil {
			continue
		}
		d, err := time.ParseDuration(string(*text))
		switch {
		case err != nil || d < 0:
			return 0, fmt.Sprintf("%q is no time-out", *text)
		case d > 0 && (out == 0 || d < out):
			out = d
		}
	}
	return out, ""
}
