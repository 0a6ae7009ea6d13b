package certificate

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Lifetimes, and how early the next certificate is made.
const (
	CALifetime   = 365 * 24 * time.Hour
	caEarly      = CALifetime / 3
	LeafLifetime = 7 * 24 * time.Hour
	leafEarly    = LeafLifetime / 2
	// Margin is how long a new CA is in the set before it signs. API servers don't say which set they use.
	Margin = 10 * time.Minute
)

// Next takes at most one step of the rotation. It returns data itself when there is nothing to do, else the data to
// store in its place; and the CAs for the webhook's configuration, as PEM.
//
// Store the data, provided that nobody else has changed the Secret, and then write the bundle. Until that has
// succeeded, don't call Next for another step. servedByAll says that every live replica serves the leaf that data
// holds (see Fingerprint).
//
// Data that can't be read, or has expired, is replaced at once: nobody could verify it.
func Next(data map[string][]byte, dnsNames []string, now time.Time, servedByAll bool) (next map[string][]byte, bundle []byte, err error) {
	if len(dnsNames) == 0 {
		return nil, nil, errors.New("webhook certificate: no name to certify")
	}
	s := parse(data)
	changed, err := s.step(names(dnsNames), now, servedByAll)
	if err != nil {
		return nil, nil, fmt.Errorf("webhook certificate: %w", err)
	}
	if changed {
		if data, err = s.data(); err != nil {
			return nil, nil, fmt.Errorf("webhook certificate: %w", err)
		}
	}
	return data, Bundle(data), nil
}

func (s *state) step(dnsNames []string, now time.Time, servedByAll bool) (changed bool, err error) {
	switch {
	case !s.signs(now):
		if err := s.addCA(now); err != nil || s.serves(dnsNames, now) {
			return true, err
		}
		return true, s.issueLeaf(dnsNames, now)
	case !s.serves(dnsNames, now):
		return true, s.issueLeaf(dnsNames, now)
	case s.waiting():
		if now.Before(s.signer.created().Add(Margin)) {
			return false, nil
		}
		return true, s.issueLeaf(dnsNames, now)
	case due(s.leaf.certificate, leafEarly, now) && s.leaf.certificate.NotAfter.Before(s.signer.certificate.NotAfter):
		return true, s.issueLeaf(dnsNames, now)
	case due(s.signer.certificate, caEarly, now):
		return true, s.addCA(now)
	case len(s.cas) > 1 && servedByAll:
		s.cas = []*x509.Certificate{s.signer.certificate}
		return true, nil
	}
	return false, nil
}

// signs says whether there is a CA that can still sign.
func (s *state) signs(now time.Time) bool {
	return s.signer != nil && !expired(s.signer.certificate, now)
}

// serves says whether there is a leaf that the API server can accept.
func (s *state) serves(dnsNames []string, now time.Time) bool {
	return s.leaf != nil && !expired(s.leaf.certificate, now) && slices.Equal(names(s.leaf.certificate.DNSNames), dnsNames) &&
		slices.ContainsFunc(s.cas, func(ca *x509.Certificate) bool { return s.leaf.certificate.CheckSignatureFrom(ca) == nil })
}

// waiting says whether the CA with the key has not signed the leaf yet.
func (s *state) waiting() bool {
	return s.leaf.certificate.CheckSignatureFrom(s.signer.certificate) != nil
}

// addCA makes a new CA the signer. The others stay in the set, unless they have expired.
func (s *state) addCA(now time.Time) (err error) {
	if s.signer, err = newCA(now); err != nil {
		return err
	}
	s.cas = slices.DeleteFunc(s.cas, func(ca *x509.Certificate) bool { return expired(ca, now) })
	s.cas = append(s.cas, s.signer.certificate)
	return nil
}

func (s *state) issueLeaf(dnsNames []string, now time.Time) (err error) {
	s.leaf, err = s.signer.leaf(dnsNames, now)
	return err
}

// expired leaves out NotBefore: a clock that was set back is no reason to throw a good certificate away.
func expired(c *x509.Certificate, now time.Time) bool { return !now.Before(c.NotAfter) }

func due(c *x509.Certificate, early time.Duration, now time.Time) bool {
	return !now.Before(c.NotAfter.Add(-early))
}

// names is a set of names in one order.
func names(list []string) []string { return slices.Compact(slices.Sorted(slices.Values(list))) }
