package model

import (
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gateway "sigs.k8s.io/gateway-api/apis/v1"
)

// Kinds of routes.
const (
	KindHTTPRoute = "HTTPRoute"
	KindGRPCRoute = "GRPCRoute"
)

// userRoute is a route of the Gateway API as far as its kinds say the same.
type userRoute struct {
	metav1.Object
	kind    string
	parents []gateway.ParentReference
	rules   []userRule
	// fits says that the kind can be about a port, and wants how such a port is called.
	fits  func(Protocol) bool
	wants string
	// refusal is what a request is answered with that can't be served.
	refusal string
}

type userRule struct {
	unsupported string // a field that asks for something that is not implemented; empty: none does
	timeouts    *gateway.HTTPRouteTimeouts
	matches     []userMatch // at least one
	backends    []userBackend
}

// userMatch is what a match says. Never is why no request fits it, problem what of it is not implemented.
type userMatch struct {
	Match
	never, problem string
}

type userBackend struct {
	gateway.BackendRef
	filtered bool // it has filters of its own
}

// RouteStamp is an HTTPRoute or GRPCRoute in its generation.
func RouteStamp(r metav1.Object) Stamp {
	kind := KindHTTPRoute
	if _, is := r.(*gateway.GRPCRoute); is {
		kind = KindGRPCRoute
	}
	return Stamp{Kind: kind, Namespace: r.GetNamespace(), Name: r.GetName(), UID: string(r.GetUID()), Version: strconv.FormatInt(r.GetGeneration(), 10)}
}

// stamp is that of the object.
func (r *userRoute) stamp() Stamp { return RouteStamp(r.Object) }

func (b *builder) noteRoute(r *userRoute, reason, field, format string, args ...any) {
	b.note(r.kind, keyOf(r), reason, field, format, args...)
}

func (b *builder) fatalRoute(r *userRoute, reason, field, format string, args ...any) {
	b.fatal(r.kind, keyOf(r), reason, field, format, args...)
}
