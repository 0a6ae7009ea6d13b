package model

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	gateway "sigs.k8s.io/gateway-api/apis/v1"
)

// impossible says why no request fits a match; empty: one may. The rules of the CRD keep most of it out.
func impossible(m gateway.HTTPRouteMatch) string {
	if m.Path != nil && m.Path.Value != nil {
		if path := *m.Path.Value; !isExpression(m.Path) && (!strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?#")) {
			return fmt.Sprintf("no path is %q: it begins with / and holds no query", path)
		}
	}
	if m.Method != nil && !isToken(string(*m.Method)) {
		return fmt.Sprintf("no method is called %q", *m.Method)
	}
	for _, h := range m.Headers {
		if problem := noSuchHeader(string(h.Name), h.Value); problem != "" {
			return problem
		}
	}
	return ""
}

// noSuchHeader says why no request has a header of this name and value; empty: one may.
func noSuchHeader(name, value string) string {
	switch {
	case !isToken(name):
		return fmt.Sprintf("no header is called %q", name)
	case strings.ContainsAny(value, "\x00\r\n"):
		return fmt.Sprintf("no header has the value %q", value)
	}
	return ""
}

func isExpression(p *gateway.HTTPPathMatch) bool {
	return p.Type != nil && *p.Type != gateway.PathMatchExact && *p.Type != gateway.PathMatchPathPrefix
}

// isToken says whether a text can be the name of a header or a method, as in RFC 9110, section 5.6.2.
func isToken(text string) bool {
	const others = "!#$%&'*+-.^_`|~"
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(others, r))
	})
}

// matchOf reads a match that is possible. A part that this release does not implement is left out and named in problem.
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
			problem = cmp.Or(problem, onlyExactHeaders)
			continue
		}
		out.addHeader(name, h.Value)
	}
	out.sortHeaders()
	if len(m.QueryParams) > 0 {
		problem = cmp.Or(problem, "query parameters are not implemented")
	}
	return out, problem
}

const onlyExactHeaders = "only exact headers are implemented"

// addHeader wants a header, if nothing is wanted of it yet: the first one counts.
func (m *Match) addHeader(name, value string) {
	if !slices.ContainsFunc(m.Headers, func(o HeaderMatch) bool { return o.Name == name }) {
		m.Headers = append(m.Headers, HeaderMatch{name, value})
	}
}

func (m *Match) sortHeaders() {
	slices.SortFunc(m.Headers, func(a, b HeaderMatch) int { return cmp.Compare(a.Name, b.Name) })
}

func pathOf(p gateway.HTTPPathMatch) (exact, prefix, problem string) {
	value, kind := "/", gateway.PathMatchPathPrefix
	if p.Value != nil {
		value = *p.Value
	}
	if p.Type != nil {
		kind = *p.Type
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
