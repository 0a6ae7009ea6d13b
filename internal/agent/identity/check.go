package identity

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Check judges a chain, leaf first, as an X.509-SVID for the key. See
// https://github.com/spiffe/spiffe/blob/main/standards/X509-SVID.md, sections 2, 4 and 5.
func Check(chain [][]byte, key *ecdsa.PrivateKey, roots []*x509.Certificate, now time.Time) (*Identity, error) {
	if len(chain) == 0 {
		return nil, errors.New("the certificate chain is empty")
	}
	certificates := make([]*x509.Certificate, len(chain))
	for n, der := range chain {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("certificate %d of the chain: %w", n+1, err)
		}
		certificates[n] = c
	}
	leaf := certificates[0]
	if public, ok := leaf.PublicKey.(*ecdsa.PublicKey); !ok || !public.Equal(&key.PublicKey) {
		return nil, errors.New("the certificate is not for our key")
	}
	if err := checkLeaf(leaf); err != nil {
		return nil, err
	}
	if err := Chains(leaf, certificates[1:], roots, now); err != nil {
		return nil, err
	}
	return &Identity{leaf: leaf, chain: chain, key: key}, nil
}

func checkLeaf(leaf *x509.Certificate) error {
	switch {
	case len(leaf.URIs) != 1:
		return fmt.Errorf("the certificate has %d URI names, want exactly one", len(leaf.URIs))
	case leaf.URIs[0].Scheme != "spiffe" || leaf.URIs[0].Host == "" || len(leaf.URIs[0].Path) < 2:
		return fmt.Errorf("the certificate's URI %q is no SPIFFE ID of a workload", leaf.URIs[0])
	case leaf.IsCA:
		return errors.New("the certificate is that of a CA")
	case leaf.KeyUsage&x509.KeyUsageDigitalSignature == 0, leaf.KeyUsage&(x509.KeyUsageCertSign|x509.KeyUsageCRLSign) != 0:
		return errors.New("the certificate's key usage is not digitalSignature alone")
	}
	for _, usage := range []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth} {
		if !slices.Contains(leaf.ExtKeyUsage, usage) && !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageAny) {
			return errors.New("the certificate is not for both server and client")
		}
	}
	return nil
}

// Chains says whether the leaf is valid now and leads to one of the roots.
func Chains(leaf *x509.Certificate, between, roots []*x509.Certificate, now time.Time) error {
	options := x509.VerifyOptions{
		Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	}
	for _, c := range roots {
		options.Roots.AddCert(c)
	}
	for _, c := range between {
		options.Intermediates.AddCert(c)
	}
	if _, err := leaf.Verify(options); err != nil {
		return fmt.Errorf("the certificate does not verify: %w", err)
	}
	return nil
}

// TrustedBy says whether the identity is valid under other roots.
func (i *Identity) TrustedBy(roots []*x509.Certificate, now time.Time) bool {
	var between []*x509.Certificate
	for _, der := range i.chain[1:] {
		if c, err := x509.ParseCertificate(der); err == nil {
			between = append(between, c)
		}
	}
	return Chains(i.leaf, between, roots, now) == nil
}

// ParseRoots reads the roots of the mesh. A set that is empty or holds anything but CAs is refused as a whole.
func ParseRoots(ders [][]byte) ([]*x509.Certificate, error) {
	if len(ders) == 0 {
		return nil, errors.New("the set of roots is empty")
	}
	roots := make([]*x509.Certificate, len(ders))
	for n, der := range ders {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("root %d: %w", n+1, err)
		}
		if !c.IsCA {
			return nil, fmt.Errorf("root %d (%s) is no CA", n+1, c.Subject)
		}
		roots[n] = c
	}
	return roots, nil
}

// Fingerprints are the SHA-256 of the certificates, hexadecimal, sorted, each once.
func Fingerprints(certificates []*x509.Certificate) []string {
	prints := make([]string, len(certificates))
	for n, c := range certificates {
		sum := sha256.Sum256(c.Raw)
		prints[n] = hex.EncodeToString(sum[:])
	}
	slices.Sort(prints)
	return slices.Compact(prints)
}
