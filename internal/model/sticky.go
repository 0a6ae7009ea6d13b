package model

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

const stickyField = "metadata.annotations[" + v1alpha1.AnnotationStickyHeader + "]"

// sticky is the header that keeps requests to a Service together, in lower case; empty: none.
func (b *builder) sticky(s *corev1.Service, ports []Port) string {
	name, asked := s.Annotations[v1alpha1.AnnotationStickyHeader]
	switch {
	case !asked:
		return ""
	case !isToken(name):
		b.note("Service", keyOf(s), ReasonUnsupported, stickyField, "no header is called %q; requests are not kept together", name)
		return ""
	case !slices.ContainsFunc(ports, func(p Port) bool { return p.Protocol.IsHTTP() }):
		b.note("Service", keyOf(s), ReasonServiceNotHTTP, stickyField, "the Service has no HTTP port, and only requests have headers")
		return ""
	}
	return strings.ToLower(name)
}

// StickyHeader keeps requests on a route together: that of the Service which is called, else that of the first backend
// that has one. Empty: each request is on its own.
func (m *Model) StickyHeader(called *Service, r Route) string {
	if called.StickyHeader != "" {
		return called.StickyHeader
	}
	for _, b := range r.Backends {
		if s, found := m.Service(b.Service); found && s.StickyHeader != "" {
			return s.StickyHeader
		}
	}
	return ""
}
