package model

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	gateway "sigs.k8s.io/gateway-api/apis/v1"
)

// ofGRPC reads a GRPCRoute. It is about ports that are declared to speak gRPC: to the callers of another port the first
// such route would answer with 404, whatever they ask for.
func ofGRPC(r *gateway.GRPCRoute) *userRoute {
	out := &userRoute{
		Object: r, kind: KindGRPCRoute, parents: r.Spec.ParentRefs, refusal: "the status UNAVAILABLE",
		fits: func(p Protocol) bool { return p == GRPC }, wants: "gRPC",
	}
	for _, rule := range r.Spec.Rules {
		own := userRule{}
		switch {
		case len(rule.Filters) > 0:
			own.unsupported = "filters"
		case rule.SessionPersistence != nil:
			own.unsupported = "sessionPersistence"
		}
		for _, m := range rule.Matches {
			own.matches = append(own.matches, callMatch(m))
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

// What Gateway API lets a service and a method be called.
var (
	serviceName = regexp.MustCompile(`^\.?[A-Za-z_][A-Za-z_0-9]*(\.[A-Za-z_][A-Za-z_0-9]*)*$`)
	methodName  = regexp.MustCompile(`^[A-Za-z_][A-Za-z_0-9]*$`)
)

// callMatch reads a match of calls. Their path is /SERVICE/METHOD.
func callMatch(m gateway.GRPCRouteMatch) (out userMatch) {
	if is := m.Method; is != nil {
		service, method := textOf(is.Service), textOf(is.Method)
		switch {
		case is.Type != nil && *is.Type != gateway.GRPCMethodMatchExact:
			out.problem = "only exact services and methods are implemented"
		case service != "" && !serviceName.MatchString(service):
			out.never = fmt.Sprintf("no service is called %q", service)
		case method != "" && !methodName.MatchString(method):
			out.never = fmt.Sprintf("no method is called %q", method)
		case service != "" && method != "":
			out.PathExact = "/" + service + "/" + method
		case service != "":
			out.PathPrefix = "/" + service
		default:
			out.GRPCMethod = method
		}
	}
	for _, h := range m.Headers {
		name := strings.ToLower(string(h.Name))
		out.never = cmp.Or(out.never, noSuchHeader(string(h.Name), h.Value))
		if h.Type != nil && *h.Type != gateway.GRPCHeaderMatchExact {
			out.problem = cmp.Or(out.problem, onlyExactHeaders)
			continue
		}
		out.addHeader(name, h.Value)
	}
	out.sortHeaders()
	return out
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
