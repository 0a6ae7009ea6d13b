package xds

import (
	"regexp"
	"regexp/syntax"
	"strings"

	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	matcher "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"

	"github.com/weft-mesh/weft/internal/model"
)

// require adds a condition of a Canary to a match. What is about the URL looks at the pseudo-header :path, which has the
// query at its end: a route has one path of its own already, and Envoy can't turn a match of a parameter round.
func require(m *route.RouteMatch, c model.Condition) {
	switch c.Part {
	case model.PartCookie:
		m.Cookies = append(m.Cookies, &route.CookieMatcher{Name: c.Name, StringMatch: text(c), InvertMatch: c.Not})
	case model.PartClaim:
		requireClaim(m, c)
	case model.PartHeader:
		m.Headers = append(m.Headers, header(headerName(c.Name), c))
	case model.PartMethod:
		m.Headers = append(m.Headers, header(":method", c))
	case model.PartPath:
		m.Headers = append(m.Headers, whole(":path", pathExpression(c), c.Not))
	case model.PartQuery:
		m.Headers = append(m.Headers, whole(":path", queryExpression(c), c.Not))
	}
}

// headerName is what Envoy calls a header: the host of a request has a name of its own there.
func headerName(name string) string {
	if name == "host" {
		return ":authority"
	}
	return name
}

func header(name string, c model.Condition) *route.HeaderMatcher {
	out := &route.HeaderMatcher{Name: name, InvertMatch: c.Not}
	if c.Kind == model.Present {
		out.HeaderMatchSpecifier = &route.HeaderMatcher_PresentMatch{PresentMatch: true}
		return out
	}
	// Without it Envoy says of a missing header that it has no other value either.
	out.TreatMissingHeaderAsEmpty = c.Not
	out.HeaderMatchSpecifier = &route.HeaderMatcher_StringMatch{StringMatch: text(c)}
	return out
}

// whole wants all of a header to fit an expression.
func whole(name, expression string, not bool) *route.HeaderMatcher {
	return &route.HeaderMatcher{
		Name: name, InvertMatch: not,
		HeaderMatchSpecifier: &route.HeaderMatcher_StringMatch{StringMatch: expressionOf(expression)},
	}
}

func text(c model.Condition) *matcher.StringMatcher {
	switch c.Kind {
	case model.Exact:
		return &matcher.StringMatcher{MatchPattern: &matcher.StringMatcher_Exact{Exact: c.Text}}
	case model.Prefix:
		return &matcher.StringMatcher{MatchPattern: &matcher.StringMatcher_Prefix{Prefix: c.Text}}
	case model.Regex:
		return expressionOf(c.Text)
	default:
		return expressionOf(anything)
	}
}

func expressionOf(regex string) *matcher.StringMatcher {
	return &matcher.StringMatcher{MatchPattern: &matcher.StringMatcher_SafeRegex{SafeRegex: &matcher.RegexMatcher{Regex: regex}}}
}

const (
	anything = `(?s:.*)`
	anyQuery = `(?:\?` + anything + `)?`
)

func pathExpression(c model.Condition) string {
	switch c.Kind {
	case model.Exact:
		return regexp.QuoteMeta(c.Text) + anyQuery
	case model.Prefix:
		return regexp.QuoteMeta(strings.TrimRight(c.Text, "/")) + `(?:/[^?]*)?` + anyQuery
	default:
		return confined(c.Text, '?') + anyQuery
	}
}

// queryExpression finds one of the parameters between ? and &.
func queryExpression(c model.Condition) string {
	value := ""
	switch c.Kind {
	case model.Present:
		value = `(?:=[^&]*)?`
	case model.Exact:
		value = "=" + regexp.QuoteMeta(c.Text)
	case model.Prefix:
		value = "=" + regexp.QuoteMeta(c.Text) + `[^&]*`
	case model.Regex:
		value = "=" + confined(c.Text, '&')
	}
	return `[^?]*\?(?:[^&]*&)*` + regexp.QuoteMeta(c.Name) + value + `(?:&` + anything + `)?`
}

// confined is an expression that matches the same texts but for those that hold a rune, so that it ends where its part of a
// URL does. It stands for the whole part: that it says so at its ends means nothing.
func confined(expression string, except rune) string {
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return expression // a finding of the model; Envoy would refuse it
	}
	confine(parsed, except)
	return "(?:" + parsed.String() + ")"
}

func confine(e *syntax.Regexp, except rune) {
	switch e.Op {
	case syntax.OpLiteral:
		if strings.ContainsRune(string(e.Rune), except) {
			*e = syntax.Regexp{Op: syntax.OpNoMatch}
		}
	case syntax.OpAnyChar:
		*e = syntax.Regexp{Op: syntax.OpCharClass, Rune: []rune{0, except - 1, except + 1, '\U0010FFFF'}}
	case syntax.OpAnyCharNotNL:
		*e = syntax.Regexp{Op: syntax.OpCharClass, Rune: []rune{0, '\n' - 1, '\n' + 1, except - 1, except + 1, '\U0010FFFF'}}
	case syntax.OpCharClass:
		e.Rune = without(e.Rune, except)
	case syntax.OpBeginLine, syntax.OpBeginText, syntax.OpEndLine, syntax.OpEndText:
		*e = syntax.Regexp{Op: syntax.OpEmptyMatch}
	}
	for _, sub := range e.Sub {
		confine(sub, except)
	}
}

// without takes a rune out of ranges, which are pairs of their first and last ones.
func without(ranges []rune, except rune) []rune {
	var out []rune
	for i := 0; i+1 < len(ranges); i += 2 {
		first, last := ranges[i], ranges[i+1]
		if except < first || except > last {
			out = append(out, first, last)
			continue
		}
		if first < except {
			out = append(out, first, except-1)
		}
		if except < last {
			out = append(out, except+1, last)
		}
	}
	return out
}
