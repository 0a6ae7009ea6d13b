package xdstest

import (
	"maps"
	"path"
	"regexp"
	"strings"

	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	matcher "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
)

// Matches says whether Envoy lets a request take a route, as far as routes of weft ask: by path, header and cookie. Target
// is path and query. Names of headers are in lower case.
func Matches(m *route.RouteMatch, method, target string, headers map[string][]string) bool {
	at, query, has := strings.Cut(target, "?")
	at = path.Clean(at) + strings.Repeat("/", len(at)-len(strings.TrimSuffix(at, "/")))
	at = strings.ReplaceAll(at, "//", "/")
	switch p := m.PathSpecifier.(type) {
	case *route.RouteMatch_Path:
		if at != p.Path {
			return false
		}
	case *route.RouteMatch_PathSeparatedPrefix:
		if rest, is := strings.CutPrefix(at, p.PathSeparatedPrefix); !is || rest != "" && rest[0] != '/' {
			return false
		}
	}
	all := map[string][]string{}
	maps.Copy(all, headers)
	if all[":path"] = []string{at}; has {
		all[":path"] = []string{at + "?" + query}
	}
	all[":method"] = []string{method}
	if host, has := all["host"]; has {
		all[":authority"] = host
	}
	for _, h := range m.Headers {
		if !headerMatches(h, all) {
			return false
		}
	}
	for _, c := range m.Cookies {
		if cookieMatches(c, all) == c.InvertMatch {
			return false
		}
	}
	return true
}

func headerMatches(h *route.HeaderMatcher, all map[string][]string) bool {
	values, has := all[h.Name]
	if h.GetPresentMatch() {
		return has != h.InvertMatch
	}
	if !has && !h.TreatMissingHeaderAsEmpty {
		return false
	}
	return textMatches(h.GetStringMatch(), strings.Join(values, ",")) != h.InvertMatch
}

func cookieMatches(c *route.CookieMatcher, all map[string][]string) bool {
	for pair := range strings.SplitSeq(strings.Join(all["cookie"], "; "), ";") {
		if name, value, is := strings.Cut(strings.TrimSpace(pair), "="); is && name == c.Name {
			return textMatches(c.StringMatch, value)
		}
	}
	return false
}

func textMatches(m *matcher.StringMatcher, text string) bool {
	switch p := m.MatchPattern.(type) {
	case *matcher.StringMatcher_Exact:
		return text == p.Exact
	case *matcher.StringMatcher_Prefix:
		return strings.HasPrefix(text, p.Prefix)
	default:
		return regexp.MustCompile(`^(?:` + m.GetSafeRegex().GetRegex() + `)$`).MatchString(text)
	}
}
