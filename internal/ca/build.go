package ca

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net/url"
	"time"
)

const (
	// RootLifetime is how long a root that we make is valid.
	RootLifetime = 10 * 365 * 24 * time.Hour
	// IntermediateLifetime is how long the certificate that signs workloads is valid.
	IntermediateLifetime = 365 * 24 * time.Hour
	// leavesPerIntermediate is how many lifetimes of a leaf an intermediate lasts at least.
	leavesPerIntermediate = 3
	// Skew is how far clocks may be apart: NotBefore lies so far back, and a leaf ends so long before its issuer.
	Skew = time.Minute
)

// pair is a certificate and its key.
type pair struct {
	certificate *x509.Certificate
	key         PrivateKey
}

// newRoot is self-signed. Its SPIFFE ID is the trust domain.
func newRoot(domain ID, now time.Time) (pair, error) {
	key, err := newPrivateKey()
	if err != nil {
		return pair{}, err
	}
	template := authorityTemplate("weft root", domain, now, now.Add(RootLifetime))
	return create(template, template, key.public(), key, key)
}

// newIntermediate ends no later than the root.
func newIntermediate(root pair, domain ID, leafLifetime time.Duration, now time.Time) (pair, error) {
	key, err := newPrivateKey()
	if err != nil {
		return pair{}, err
	}
	end := intermediateEnd(root.certificate, leafLifetime, now)
	template := authorityTemplate("weft intermediate", domain, now, end)
	template.MaxPathLenZero = true
	return create(template, root.certificate, key.public(), root.key, key)
}

func intermediateEnd(root *x509.Certificate, leafLifetime time.Duration, now time.Time) time.Time {
	return earlier(now.Add(max(IntermediateLifetime, leavesPerIntermediate*leafLifetime)), root.NotAfter)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func authorityTemplate(name string, domain ID, now, end time.Time) *x509.Certificate {
	return &x509.Certificate{
		Subject:               pkix.Name{Organization: []string{"weft"}, CommonName: name},
		URIs:                  []*url.URL{domain.url()},
		NotBefore:             now.Add(-Skew),
		NotAfter:              end,
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

func create(template, parent *x509.Certificate, public crypto.PublicKey, signer, own PrivateKey) (pair, error) {
	der, err := sign(template, parent, public, signer)
	if err != nil {
		return pair{}, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return pair{}, fmt.Errorf("read back the certificate %s: %w", template.Subject, err)
	}
	return pair{certificate: certificate, key: own}, nil
}

// sign gives the template a random serial number of 128 bits.
func sign(template, parent *x509.Certificate, public crypto.PublicKey, signer PrivateKey) ([]byte, error) {
	serial := make([]byte, 16)
	if _, err := rand.Read(serial); err != nil {
		return nil, fmt.Errorf("make a serial number: %w", err)
	}
	template.SerialNumber = new(big.Int).SetBytes(serial)
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, signer.key())
	if err != nil {
		return nil, fmt.Errorf("sign a certificate for %v: %w", template.URIs, err)
	}
	return der, nil
}
