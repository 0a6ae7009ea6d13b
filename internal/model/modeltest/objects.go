package modeltest

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"
	gateway "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// Kinds of routes in a snapshot.
type (
	Route     = gateway.HTTPRoute
	GRPCRoute = gateway.GRPCRoute
)

func selector(t *rapid.T, what string) v1alpha1.PodSelector {
	return v1alpha1.PodSelector{MatchLabels: labels(t, what)}
}

func position(t *rapid.T) *v1alpha1.Position {
	return &v1alpha1.Position{Sequence: rapid.Int64Range(1, 9).Draw(t, "sequence")}
}

func canary(t *rapid.T, m metav1.ObjectMeta) *v1alpha1.Canary {
	c := &v1alpha1.Canary{ObjectMeta: m}
	c.Spec.Service.Name = rapid.SampledFrom(names).Draw(t, "service")
	c.Spec.Workloads = &v1alpha1.CanaryWorkloads{Stable: selector(t, "stable"), Canary: selector(t, "canary")}
	if rapid.Bool().Draw(t, "runs") {
		c.Status.Run = &v1alpha1.CanaryRun{
			Stable: selector(t, "run stable"), Canary: selector(t, "run canary"), Revision: rapid.SampledFrom([]string{"", "r1", "r2"}).Draw(t, "pinned"),
		}
		c.Status.Weight = &v1alpha1.CanaryWeight{Desired: rapid.Int32Range(0, 100).Draw(t, "weight")}
		c.Status.Phase = rapid.SampledFrom([]v1alpha1.CanaryPhase{v1alpha1.CanaryProgressing, v1alpha1.CanaryPromoted, v1alpha1.CanaryRollingBack}).Draw(t, "phase")
		c.Status.Position = position(t)
		c.Status.Run.Match = many(t, 0, 2, func(int) v1alpha1.RequestMatch { return requestMatch(t) })
		c.Status.Run.Preview = many(t, 0, 1, func(int) v1alpha1.RequestMatch { return requestMatch(t) })
		c.Status.Weight.Everyone = rapid.Bool().Draw(t, "everyone")
		c.Status.Weight.Preview = rapid.Bool().Draw(t, "preview")
		c.Status.Weight.Mirror = rapid.SampledFrom([]int32{0, 0, 10, 100}).Draw(t, "mirror")
	}
	return c
}

// requestMatch says a few things about a request; some of them no proxy can be asked for.
func requestMatch(t *rapid.T) (m v1alpha1.RequestMatch) {
	named := func(what string) []v1alpha1.NamedMatch {
		return many(t, 0, 1, func(int) v1alpha1.NamedMatch {
			n := v1alpha1.NamedMatch{Name: rapid.SampledFrom([]string{"user", "Team", "host", "no name"}).Draw(t, what), Not: rapid.Bool().Draw(t, "not")}
			n.Exact, n.Prefix, n.Regex = text(t)
			return n
		})
	}
	m.Claims = many(t, 0, 1, func(int) v1alpha1.ClaimMatch {
		c := v1alpha1.ClaimMatch{Issuer: rapid.SampledFrom([]string{"corp", "other", ""}).Draw(t, "issuer"), Name: rapid.SampledFrom([]string{"sub", ""}).Draw(t, "claim")}
		c.Not = rapid.Bool().Draw(t, "not")
		c.Exact, c.Prefix, c.Regex = text(t)
		return c
	})
	m.Headers, m.Cookies, m.Query = named("header"), named("cookie"), named("parameter")
	for _, at := range []**v1alpha1.TextMatch{&m.Path, &m.Method} {
		if rapid.IntRange(0, 2).Draw(t, "text") == 0 {
			*at = &v1alpha1.TextMatch{Not: rapid.Bool().Draw(t, "not")}
			(*at).Exact, (*at).Prefix, (*at).Regex = text(t)
		}
	}
	if rapid.IntRange(0, 2).Draw(t, "by region") == 0 {
		m.Region = &v1alpha1.RegionMatch{
			AnyOf: rapid.SliceOfN(rapid.SampledFrom([]string{"1", "2"}), 0, 2).Draw(t, "regions"), Not: rapid.Bool().Draw(t, "elsewhere"),
		}
	}
	return m
}

func text(t *rapid.T) (exact, prefix, regex string) {
	value := rapid.SampledFrom([]string{"", "/a", "GET", "x.*", "[^?]+", "(", "a b"}).Draw(t, "value")
	switch rapid.IntRange(0, 2).Draw(t, "kind") {
	case 0:
		return value, "", ""
	case 1:
		return "", value, ""
	}
	return "", "", value
}

func policy(t *rapid.T, m metav1.ObjectMeta) *v1alpha1.Policy {
	p := &v1alpha1.Policy{ObjectMeta: m}
	p.Spec.Selector = selector(t, "policy")
	p.Status.Position = position(t)
	switch rapid.IntRange(0, 9).Draw(t, "section") {
	case 0, 1, 2, 3:
		limiting(t, p)
		return p
	case 4: // as only an API server without our rules takes it
		limiting(t, p)
	case 5:
		limiting(t, p)
		p.Spec.Limits, p.Spec.Access = nil, &v1alpha1.Access{}
	default:
		p.Spec.Access = &v1alpha1.Access{}
	}
	enforced := func(string) v1alpha1.EnforcedAccess {
		return v1alpha1.EnforcedAccess{Selector: selector(t, "enforced"), Allow: many(t, 0, 2, func(int) v1alpha1.AccessRule { return accessRule(t) })}
	}
	if rapid.Bool().Draw(t, "envoy") {
		e := enforced("envoy")
		p.Status.Envoy = &e
	}
	if rapid.Bool().Draw(t, "network") {
		p.Status.Network = &v1alpha1.NetworkAccess{
			Isolates: rapid.Bool().Draw(t, "isolates"),
			Accepts:  many(t, 0, 2, func(int) v1alpha1.EnforcedAccess { return enforced("network") }),
		}
	}
	return p
}

func accessRule(t *rapid.T) v1alpha1.AccessRule {
	return v1alpha1.AccessRule{
		From: many(t, 0, 2, func(int) v1alpha1.Peer {
			return v1alpha1.Peer{ServiceAccount: &v1alpha1.ServiceAccountPeer{
				Name: rapid.SampledFrom(names).Draw(t, "caller"), Namespace: rapid.SampledFrom(append([]string{""}, namespaces...)).Draw(t, "of"),
			}}
		}),
		Ports: rapid.SliceOfN(rapid.SampledFrom([]int32{80, 8080, 8081, 7777, 0, 15006}), 0, 2).Draw(t, "ports"),
	}
}

func route(t *rapid.T, m metav1.ObjectMeta) *gateway.HTTPRoute {
	r := &gateway.HTTPRoute{ObjectMeta: m}
	r.Spec.ParentRefs = parents(t)
	r.Spec.Rules = many(t, 1, 3, func(int) gateway.HTTPRouteRule { return routeRule(t) })
	return r
}

func grpcRoute(t *rapid.T, m metav1.ObjectMeta) *gateway.GRPCRoute {
	r := &gateway.GRPCRoute{ObjectMeta: m}
	r.Spec.ParentRefs = parents(t)
	r.Spec.Rules = many(t, 1, 3, func(int) gateway.GRPCRouteRule {
		return gateway.GRPCRouteRule{
			Matches: many(t, 0, 2, func(int) gateway.GRPCRouteMatch { return callMatch(t) }),
			BackendRefs: many(t, 0, 3, func(int) gateway.GRPCBackendRef {
				return gateway.GRPCBackendRef{BackendRef: backendRef(t)}
			}),
		}
	})
	return r
}

func callMatch(t *rapid.T) (m gateway.GRPCRouteMatch) {
	if rapid.Bool().Draw(t, "call") {
		service, method := rapid.SampledFrom([]string{"", "a.B", "a/b"}).Draw(t, "service"), rapid.SampledFrom([]string{"", "Get", "G et"}).Draw(t, "method")
		m.Method = &gateway.GRPCMethodMatch{Service: &service, Method: &method}
	}
	m.Headers = many(t, 0, 2, func(int) gateway.GRPCHeaderMatch {
		return gateway.GRPCHeaderMatch{Name: gateway.GRPCHeaderName(rapid.SampledFrom([]string{"user", "User", "team"}).Draw(t, "metadata")), Value: "x"}
	})
	return m
}

func parents(t *rapid.T) []gateway.ParentReference {
	core, kind := gateway.Group(""), gateway.Kind("Service")
	return many(t, 1, 2, func(int) gateway.ParentReference {
		ref := gateway.ParentReference{Group: &core, Kind: &kind, Name: gateway.ObjectName(rapid.SampledFrom(names).Draw(t, "parent"))}
		if rapid.Bool().Draw(t, "one port") {
			port := gateway.PortNumber(rapid.SampledFrom([]int32{80, 8080, 9000}).Draw(t, "parent port"))
			ref.Port = &port
		}
		return ref
	})
}

func routeRule(t *rapid.T) gateway.HTTPRouteRule {
	return gateway.HTTPRouteRule{
		Matches: many(t, 0, 2, func(int) gateway.HTTPRouteMatch { return routeMatch(t) }),
		BackendRefs: many(t, 0, 3, func(int) gateway.HTTPBackendRef {
			return gateway.HTTPBackendRef{BackendRef: backendRef(t)}
		}),
	}
}

func backendRef(t *rapid.T) (ref gateway.BackendRef) {
	port, weight := gateway.PortNumber(rapid.SampledFrom([]int32{80, 8080, 1}).Draw(t, "backend port")), rapid.Int32Range(0, 3).Draw(t, "weight")
	ref.Name, ref.Port, ref.Weight = gateway.ObjectName(rapid.SampledFrom(names).Draw(t, "backend")), &port, &weight
	if rapid.IntRange(0, 9).Draw(t, "foreign") == 0 {
		other := gateway.Namespace("bank")
		ref.Namespace = &other
	}
	return ref
}

func routeMatch(t *rapid.T) gateway.HTTPRouteMatch {
	m := gateway.HTTPRouteMatch{}
	if rapid.Bool().Draw(t, "path") {
		kind := rapid.SampledFrom([]gateway.PathMatchType{gateway.PathMatchExact, gateway.PathMatchPathPrefix, gateway.PathMatchRegularExpression}).Draw(t, "kind")
		value := rapid.SampledFrom([]string{"/", "/a", "/a/", "/a/b", "/a?x", "", "a"}).Draw(t, "value")
		m.Path = &gateway.HTTPPathMatch{Type: &kind, Value: &value}
	}
	if rapid.Bool().Draw(t, "method") {
		method := gateway.HTTPMethodPost
		m.Method = &method
	}
	m.Headers = many(t, 0, 2, func(int) gateway.HTTPHeaderMatch {
		return gateway.HTTPHeaderMatch{Name: gateway.HTTPHeaderName(rapid.SampledFrom([]string{"user", "User", "team"}).Draw(t, "header")), Value: "x"}
	})
	return m
}
