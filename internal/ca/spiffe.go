package ca

import (
	"fmt"
	"net/url"
	"strings"
)

const (
	scheme = "spiffe://"
	// maxID is the longest SPIFFE ID in bytes that may be emitted, and must be accepted.
	maxID = 2048
)

// ID is a SPIFFE ID, as https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md section 2 defines it.
type ID struct {
	TrustDomain string
	// Path is empty for the trust domain itself, else it begins with a slash.
	Path string
}

func (id ID) String() string { return scheme + id.TrustDomain + id.Path }

func (id ID) url() *url.URL { return &url.URL{Scheme: "spiffe", Host: id.TrustDomain, Path: id.Path} }

// ParseID takes nothing but a valid SPIFFE ID: no port, user, query, fragment, percent-encoding or empty segment.
func ParseID(s string) (ID, error) {
	if len(s) > maxID {
		return ID{}, fmt.Errorf("SPIFFE ID of %d bytes: at most %d are allowed", len(s), maxID)
	}
	rest, ok := strings.CutPrefix(s, scheme)
	if !ok {
		return ID{}, fmt.Errorf("SPIFFE ID %q does not begin with %s", s, scheme)
	}
	domain, path, hasPath := strings.Cut(rest, "/")
	if domain == "" || strings.ContainsFunc(domain, func(r rune) bool { return !isDomain(r) }) {
		return ID{}, fmt.Errorf("SPIFFE ID %q: the trust domain must be lower-case letters, digits, dots, dashes and underscores", s)
	}
	if !hasPath {
		return ID{TrustDomain: domain}, nil
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "" || segment == "." || segment == ".." {
			return ID{}, fmt.Errorf("SPIFFE ID %q: a path segment is empty, '.' or '..'", s)
		}
		if strings.ContainsFunc(segment, func(r rune) bool { return !isPath(r) }) {
			return ID{}, fmt.Errorf("SPIFFE ID %q: a path segment must be letters, digits, dots, dashes and underscores", s)
		}
	}
	return ID{TrustDomain: domain, Path: "/" + path}, nil
}

func isDomain(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_'
}

func isPath(r rune) bool { return isDomain(r) || r >= 'A' && r <= 'Z' }
