package model

import (
	"cmp"
	"fmt"
	"slices"

	gateway "sigs.k8s.io/gateway-api/apis/v1"
)

// routes gives the ports of Services the rules of the GRPCRoutes, or else of the HTTPRoutes, that name the Service as a
// parent. A port has routes of one kind only, and the more specific one goes first. See
// https://gateway-api.sigs.k8s.io/geps/gep-1294/#route-types.
func (b *builder) routes() {
	for _, r := range slices.SortedFunc(slices.Values(b.GRPCRoutes), func(a, b *gateway.GRPCRoute) int { return older(a, b) }) {
		b.route(ofGRPC(r))
	}
	for _, r := range slices.SortedFunc(slices.Values(b.Routes), func(a, b *gateway.HTTPRoute) int { return older(a, b) }) {
		b.route(ofHTTP(r))
	}
	for i := range b.model.Services {
		for j := range b.model.Services[i].Ports {
			p := &b.model.Services[i].Ports[j]
			slices.SortStableFunc(p.Routes, func(x, y Route) int { return precedence(x.Match, y.Match) })
			slices.SortFunc(p.RouteStamps, compareStamps)
		}
	}
}

func (b *builder) route(r *userRoute) {
	rules := b.rules(r)
	if len(rules) == 0 && len(r.rules) > 0 {
		return // told as a fault of each match
	}
	for i, parent := range r.parents {
		if refersToService(parent.Group, parent.Kind, gateway.GroupName, "Gateway") {
			b.attach(r, rules, fmt.Sprintf("spec.parentRefs[%d]", i), parent)
		}
	}
}

// attach adds the rules to the ports that a parent reference names.
func (b *builder) attach(r *userRoute, rules []Route, field string, parent gateway.ParentReference) {
	key := Key{r.GetNamespace(), string(parent.Name)}
	if parent.Namespace != nil && string(*parent.Namespace) != r.GetNamespace() {
		b.fatalRoute(r, ReasonConsumerRoute, field+".namespace",
			"a route for the callers of one namespace is not implemented; put it into the namespace of the Service")
		return
	}
	service, found := b.model.Service(key)
	if !found {
		b.fatalRoute(r, ReasonParentNotFound, field+".name", "there is no Service %s with a cluster IP", key)
		return
	}
	stamp, attached := r.stamp(), false
	for i := range service.Ports {
		p := &service.Ports[i]
		if !r.fits(p.Protocol) || parent.Port != nil && int32(*parent.Port) != int32(p.Number) {
			continue
		}
		attached = true
		if len(p.RouteStamps) > 0 && p.RouteStamps[0].Kind != r.kind {
			b.fatalRoute(r, ReasonConflicted, field, "port %d of Service %s has the %s %s/%s, and a port has routes of one kind only: GRPCRoutes if there are any",
				p.Number, key, p.RouteStamps[0].Kind, p.RouteStamps[0].Namespace, p.RouteStamps[0].Name)
			continue
		}
		if !slices.Contains(p.RouteStamps, stamp) { // two references to one port count once
			p.Routes = append(p.Routes, rules...)
			p.RouteStamps = append(p.RouteStamps, stamp)
		}
	}
	if !attached {
		b.fatalRoute(r, ReasonParentNotHTTP, field+".port", "Service %s has no such port that speaks %s", key, r.wants)
	}
}

// refersToService says whether a reference, after its defaults, is to a Service of the core group.
func refersToService(group *gateway.Group, kind *gateway.Kind, defaultGroup, defaultKind string) bool {
	g, k := defaultGroup, defaultKind
	if group != nil {
		g = string(*group)
	}
	if kind != nil {
		k = string(*kind)
	}
	return g == "" && k == "Service"
}

// precedence is that of Gateway API: exact path, longest prefix, method, most headers. Of gRPC, service and method are the
// path: with both, with the service only, with the method only. What is equal keeps its order:
// by the age of the routes, their names and their rules. See
// https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule.
func precedence(x, y Match) int {
	last := func(b bool) int {
		if b {
			return 0
		}
		return 1
	}
	return cmp.Or(
		cmp.Compare(last(x.PathExact != ""), last(y.PathExact != "")),
		cmp.Compare(len(y.PathPrefix), len(x.PathPrefix)),
		cmp.Compare(last(x.GRPCMethod != ""), last(y.GRPCMethod != "")),
		cmp.Compare(last(x.Method != ""), last(y.Method != "")),
		cmp.Compare(len(y.Headers), len(x.Headers)),
	)
}

func compareStamps(a, b Stamp) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.UID, b.UID), cmp.Compare(a.Version, b.Version))
}
