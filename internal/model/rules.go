package model

import (
	"fmt"
	"math"
	"time"

	gateway "sigs.k8s.io/gateway-api/apis/v1"
)

// rules makes one Route for each match of each rule. A rule that asks for something this release does not implement is
// broken as a whole: its requests are refused rather than served with a part of what was asked for. A match that no request
// fits is left out, and the route with it if there is no other.
func (b *builder) rules(r *userRoute) []Route {
	var out []Route
	never := map[string]string{} // by field
	refuse := func(field, format string, args ...any) {
		b.noteRoute(r, ReasonUnsupported, field, "%s; requests that match the rule are answered with %s", fmt.Sprintf(format, args...), r.refusal)
	}
	for i, rule := range r.rules {
		field := fmt.Sprintf("spec.rules[%d]", i)
		route := Route{Broken: rule.unsupported != ""}
		if route.Broken {
			refuse(field+"."+rule.unsupported, "%s is not implemented", rule.unsupported)
		}
		route.Backends = b.backends(r, field, rule.backends)
		if problem := weightsOf(rule.backends); problem != "" {
			route.Broken, route.Backends = true, nil
			refuse(field+".backendRefs", "%s", problem)
		} else if len(route.Backends) == 0 {
			route.Broken = true
			b.noteRoute(r, ReasonNoBackends, field+".backendRefs", "a rule without a backend answers with %s", r.refusal)
		}
		var late string
		route.Timed = rule.timeouts != nil && (rule.timeouts.Request != nil || rule.timeouts.BackendRequest != nil)
		if route.Timeout, late = timeout(rule.timeouts); late != "" {
			route.Broken = true
			refuse(field+".timeouts", "%s", late)
		}
		for j, m := range rule.matches {
			match := route
			match.Name = fmt.Sprintf("%s/%s/rule[%d]/match[%d]", r.GetNamespace(), r.GetName(), i, j)
			match.Kind, match.From, match.Field, match.Match = r.kind, keyOf(r), fmt.Sprintf("%s.matches[%d]", field, j), m.Match
			if m.never != "" {
				never[match.Field] = m.never
				continue
			}
			if m.problem != "" {
				match.Broken = true
				b.noteRoute(r, ReasonUnsupported, match.Field, "%s; requests that the rest of the match fits are answered with %s", m.problem, r.refusal)
			}
			out = append(out, match)
		}
	}
	for field, problem := range never {
		if len(out) > 0 {
			b.noteRoute(r, ReasonUnsupported, field, "%s; the match is left out", problem)
		} else {
			b.fatalRoute(r, ReasonUnsupported, field, "%s; there is no other match, so the %s is left out", problem, r.kind)
		}
	}
	return out
}

// backends are the shares of a rule. A share that can't be served keeps its weight, so that the others don't grow.
func (b *builder) backends(r *userRoute, field string, refs []userBackend) []Backend {
	var out []Backend
	for i, ref := range refs {
		backend := Backend{Weight: uint32(max(weightOf(ref), 0))}
		key := Key{r.GetNamespace(), string(ref.Name)}
		if reason, problem := b.refusal(r, ref, key); reason != "" {
			b.noteRoute(r, reason, fmt.Sprintf("%s.backendRefs[%d]", field, i), "%s; its share of the requests is answered with %s", problem, r.refusal)
		} else {
			backend.Service, backend.Port = key, uint16(*ref.Port)
		}
		out = append(out, backend)
	}
	return out
}

// refusal says why a backend can't be served; an empty reason, that it can.
func (b *builder) refusal(r *userRoute, ref userBackend, key Key) (reason, problem string) {
	if !refersToService(ref.Group, ref.Kind, "", "Service") {
		return ReasonBackendKind, "the backend is not a Service"
	}
	if ref.Namespace != nil && string(*ref.Namespace) != r.GetNamespace() {
		return ReasonRefNotPermitted, fmt.Sprintf("namespace %s is not that of the route, and ReferenceGrants, which could permit it, are not implemented", *ref.Namespace)
	}
	if ref.filtered {
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
