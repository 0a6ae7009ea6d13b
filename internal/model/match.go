package model

import (
	"cmp"
	"slices"
	"strings"

	gateway "sigs.k8s.io/gateway-api/apis/v1"
)

// matchOf reads a match. A part that this release does not implement is left out and named in problem.
func matchOf(m gateway.HTTPRouteMatch) (out Match, problem string) {
	if m.Path != nil {
		out.PathExact, out.PathPrefix, problem = pathOf(*m.Path)
	}
	if m.Method != nil {
		out.Method = string(*m.Method)
	}
	for _, h := range m.Headers {
		name := strings.ToLower(string(h.Name))
		if h.Type != nil && *h.Type != gateway.HeaderMatchExact {
			problem = cmp.Or(problem, "only exact headers are implemented")
			continue
		}
		if name == "" || strings.ContainsAny(name, "\x00\r\n") {
			problem = cmp.Or(problem, "no header has such a name")
			continue
		}
		if !slices.ContainsFunc(out.Headers, func(o HeaderMatch) bool { return o.Name == name }) { // the first one counts
			out.Headers = append(out.Headers, HeaderMatch{name, h.Value})
		}
	}
	slices.SortFunc(out.Headers, func(a, b HeaderMatch) int { return cmp.Compare(a.Name, b.Name) })
	if len(m.QueryParams) > 0 {
		problem = cmp.Or(problem, "query parameters are not implemented")
	}
	return out, problem
}

func pathOf(p gateway.HTTPPathMatch) (exact, prefix, problem string) {
	value, kind := "/", gateway.PathMatchPathPrefix
	if p.Value != nil {
		value = *p.Value
	}
	if p.Type != nil {
		kind = *p.Type
	}
	if !strings.HasPrefix(value, "/") || strings.ContainsAny(value, "?#") {
		return "", "", "the path does not begin with / or holds a query"
	}
	switch kind {
	case gateway.PathMatchExact:
		return value, "", ""
	case gateway.PathMatchPathPrefix:
		return "", strings.TrimRight(value, "/"), ""
	default:
		return "", "", "only exact paths and path prefixes are implemented"
	}
}
