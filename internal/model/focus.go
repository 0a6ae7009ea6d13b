package model

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// Choice fits a request when all of its conditions hold and its caller is where it should be.
type Choice struct {
	Conditions []Condition
	// Regions, sorted, that the caller must be in; with Elsewhere, that it must not be in. Empty: it may be anywhere.
	Regions   []string
	Elsewhere bool
}

// Condition is about one part of a request.
type Condition struct {
	Part Part
	Name string // of a header, in lower case, of a cookie, of a parameter or of a claim
	// Issuer is whose token has the claim.
	Issuer string
	Kind   Kind
	Text   string
	// Not turns it round. A header that is missing counts as empty then.
	Not bool
}

// Part of a request.
type Part string

// Parts of a request.
const (
	PartHeader Part = "header"
	PartCookie Part = "cookie"
	PartQuery  Part = "query"
	PartPath   Part = "path" // without the query
	PartMethod Part = "method"
	PartClaim  Part = "claim" // of a verified token: a text, or a list that holds one
)

// Kind of comparison.
type Kind string

// Kinds of comparison. Expressions are those of RE2, and stand for the whole text.
const (
	Present Kind = "present"
	Exact   Kind = "exact"
	Prefix  Kind = "prefix" // of a path, by its elements
	Regex   Kind = "regex"
)

// fits says whether a caller of a region can be meant. A region that is not known is "".
func (c Choice) fits(region string) bool {
	return len(c.Regions) == 0 || slices.Contains(c.Regions, region) != c.Elsewhere
}

// choicesOf leaves out what no request fits, or can't be asked for: that makes a focus smaller, never larger.
func choicesOf(matches []v1alpha1.RequestMatch) []Choice {
	var out []Choice
	for _, m := range matches {
		if choice, _, problem := choiceOf(m); problem == "" {
			out = append(out, choice)
		}
	}
	return out
}

// choiceOf reads a match. Problem says what is wrong with a field of it.
func choiceOf(m v1alpha1.RequestMatch) (out Choice, field, problem string) {
	refuse := func(at, format string, args ...any) {
		if problem == "" {
			field, problem = at, fmt.Sprintf(format, args...)
		}
	}
	add := func(at string, c Condition) {
		if text := c.problem(); text != "" {
			refuse(at, "%s", text)
		}
		out.Conditions = append(out.Conditions, c)
	}
	for _, list := range []struct {
		field string
		part  Part
		items []v1alpha1.NamedMatch
	}{{"headers", PartHeader, m.Headers}, {"cookies", PartCookie, m.Cookies}, {"query", PartQuery, m.Query}} {
		for i, item := range list.items {
			c := condition(list.part, item.Exact, item.Prefix, item.Regex, item.Not)
			if c.Name = item.Name; list.part == PartHeader {
				c.Name = strings.ToLower(c.Name)
			}
			add(fmt.Sprintf("%s[%d]", list.field, i), c)
		}
	}
	for _, text := range []struct {
		part Part
		is   *v1alpha1.TextMatch
	}{{PartPath, m.Path}, {PartMethod, m.Method}} {
		if text.is != nil {
			add(string(text.part), condition(text.part, text.is.Exact, text.is.Prefix, text.is.Regex, text.is.Not))
		}
	}
	for i, claim := range m.Claims {
		c := condition(PartClaim, claim.Exact, claim.Prefix, claim.Regex, claim.Not)
		c.Name, c.Issuer = claim.Name, claim.Issuer
		add(fmt.Sprintf("claims[%d]", i), c)
	}
	if m.Region != nil {
		if out.Regions, out.Elsewhere = slices.Sorted(slices.Values(m.Region.AnyOf)), m.Region.Not; len(out.Regions) == 0 {
			refuse("region.anyOf", "there is none")
		}
	}
	if len(out.Conditions)+len(out.Regions) == 0 {
		refuse("", "it says nothing about a request")
	}
	return out, field, problem
}

// condition takes the one text that is there.
func condition(part Part, exact, prefix, regex string, not bool) Condition {
	c := Condition{Part: part, Kind: Present, Not: not}
	for kind, text := range map[Kind]string{Exact: exact, Prefix: prefix, Regex: regex} {
		switch {
		case text == "":
		case c.Text != "":
			return Condition{Part: part} // more than one
		default:
			c.Kind, c.Text = kind, text
		}
	}
	return c
}

// problem says why no request fits the condition, or why it can't be asked for.
func (c Condition) problem() string {
	named := c.Part == PartHeader || c.Part == PartCookie || c.Part == PartQuery || c.Part == PartClaim
	switch {
	case c.Kind == "":
		return "exact, prefix and regex exclude each other"
	case !named && c.Kind == Present:
		return fmt.Sprintf("what %s it should be is missing", c.Part)
	case c.Part == PartClaim && (c.Name == "" || c.Issuer == ""):
		return "it needs the name of a claim and of an issuer"
	case (c.Part == PartHeader || c.Part == PartCookie) && !isToken(c.Name):
		return fmt.Sprintf("no %s is called %q", c.Part, c.Name)
	case c.Part == PartQuery && (c.Name == "" || strings.ContainsAny(c.Name, "&=#? \x00\r\n\t")):
		return fmt.Sprintf("no parameter is called %q", c.Name)
	case c.Kind == Regex:
		if _, err := regexp.Compile(c.Text); err != nil {
			return err.Error()
		}
		if (c.Part == PartPath || c.Part == PartQuery) && anchoredInside(c.Text) {
			return "an expression stands for the whole text, so ^ may only be at its beginning and $ at its end"
		}
	case strings.ContainsAny(c.Text, "\x00\r\n"):
		return fmt.Sprintf("no %s is %q", c.Part, c.Text)
	case c.Part == PartPath && (!strings.HasPrefix(c.Text, "/") || strings.ContainsAny(c.Text, "?#")):
		return fmt.Sprintf("no path is %q: it begins with / and holds no query", c.Text)
	case c.Part == PartQuery && strings.ContainsAny(c.Text, "&#"):
		return fmt.Sprintf("no parameter is %q: write it as it is in a URL", c.Text)
	case c.Part == PartCookie && strings.ContainsRune(c.Text, ';'):
		return fmt.Sprintf("no cookie is %q", c.Text)
	case c.Part == PartMethod && !isToken(c.Text):
		return fmt.Sprintf("no method is called %q", c.Text)
	}
	return ""
}

// anchoredInside says that an expression asks for the ends of a text where they can't be told: a path and a parameter are
// parts of a longer text.
func anchoredInside(expression string) bool {
	parsed, err := syntax.Parse(expression, syntax.Perl)
	return err == nil && !anchoredAtEnds(parsed, true, true)
}

// anchoredAtEnds says whether anchors are only where nothing comes before, or nothing behind.
func anchoredAtEnds(e *syntax.Regexp, first, last bool) bool {
	switch e.Op {
	case syntax.OpBeginLine, syntax.OpBeginText:
		return first
	case syntax.OpEndLine, syntax.OpEndText:
		return last
	}
	for i, sub := range e.Sub {
		atFirst, atLast := first, last
		switch e.Op {
		case syntax.OpConcat:
			atFirst, atLast = first && i == 0, last && i == len(e.Sub)-1
		case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
			atFirst, atLast = false, false
		}
		if !anchoredAtEnds(sub, atFirst, atLast) {
			return false
		}
	}
	return true
}
