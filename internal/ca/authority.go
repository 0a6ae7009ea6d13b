package ca

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"time"
)

// Authority signs certificates with the intermediate. It never changes.
type Authority struct {
	domain       ID
	root         *x509.Certificate
	intermediate pair
}

// TrustDomain that the authority may sign for.
func (a *Authority) TrustDomain() string { return a.domain.TrustDomain }

// RootNotAfter is when the root ends.
func (a *Authority) RootNotAfter() time.Time { return a.root.NotAfter }

// IntermediateNotAfter is when the intermediate ends.
func (a *Authority) IntermediateNotAfter() time.Time { return a.intermediate.certificate.NotAfter }

// Roots are what the mesh trusts.
func (a *Authority) Roots() []*x509.Certificate { return []*x509.Certificate{a.root} }

// RootsDER are what the mesh trusts.
func (a *Authority) RootsDER() [][]byte { return [][]byte{a.root.Raw} }

// RootsPEM are what the mesh trusts, in one canonical form.
func (a *Authority) RootsPEM() []byte { return encodeCertificate(a.root) }

// RootFingerprints are the SHA-256 of the roots, hexadecimal, sorted.
func (a *Authority) RootFingerprints() []string {
	var prints []string
	for _, root := range a.Roots() {
		sum := sha256.Sum256(root.Raw)
		prints = append(prints, hex.EncodeToString(sum[:]))
	}
	slices.Sort(prints)
	return prints
}

// Sign issues a certificate for the key in the name of the id, which must be a workload of the trust domain. The chain
// has the leaf first and no root. A leaf ends before its issuer does, so it may be shorter than asked.
func (a *Authority) Sign(public crypto.PublicKey, id string, lifetime time.Duration, now time.Time) (chainDER [][]byte, err error) {
	return a.issue(public, id, nil, lifetime, now)
}

func (a *Authority) issue(public crypto.PublicKey, id string, dns []string, lifetime time.Duration, now time.Time) ([][]byte, error) {
	name, err := a.workload(id)
	if err != nil {
		return nil, err
	}
	if err := checkPublicKey(public); err != nil {
		return nil, fmt.Errorf("sign for %s: %w", id, err)
	}
	issuer := a.intermediate.certificate
	end := earlier(now.Add(lifetime), issuer.NotAfter.Add(-Skew))
	if !end.After(now) {
		return nil, fmt.Errorf("sign for %s at %s: the leaf would end at %s, when the intermediate has ended or none was asked for",
			id, now.UTC().Format(time.RFC3339), end.UTC().Format(time.RFC3339))
	}
	leaf, err := sign(leafTemplate(name, dns, now, end), issuer, public, a.intermediate.key)
	if err != nil {
		return nil, err
	}
	return [][]byte{leaf, issuer.Raw}, nil
}

func (a *Authority) workload(id string) (ID, error) {
	name, err := ParseID(id)
	switch {
	case err != nil:
		return ID{}, err
	case name.Path == "":
		return ID{}, fmt.Errorf("SPIFFE ID %q has no path: it names no workload", id)
	case name.TrustDomain != a.domain.TrustDomain:
		return ID{}, fmt.Errorf("SPIFFE ID %q is not of the trust domain %s", id, a.domain.TrustDomain)
	}
	return name, nil
}

// leafTemplate has no Subject, which makes the names critical (RFC 5280, section 4.2.1.6).
func leafTemplate(id ID, dns []string, now, end time.Time) *x509.Certificate {
	return &x509.Certificate{
		URIs:                  []*url.URL{id.url()},
		DNSNames:              dns,
		NotBefore:             now.Add(-Skew),
		NotAfter:              end,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
}
