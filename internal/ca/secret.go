package ca

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"time"
)

// SecretName is the Secret of the operator's namespace that holds root and intermediate.
const SecretName = "weft-ca"

// Keys of the Secret. All are PEM: X.509 certificates and PKCS #8 keys.
const (
	RootCertificate         = "root.crt"
	RootKey                 = "root.key"
	IntermediateCertificate = "intermediate.crt"
	IntermediateKey         = "intermediate.key"
)

// Next returns what the Secret is to hold, and whether that differs from data. It makes a root where there is nothing
// at all, and a new intermediate under the same root at half the life of the present one. What can't be used is an
// error that names the key of the Secret and says how to go on: a root is never replaced without a person's will, since
// each proxy would then distrust all others.
func Next(data map[string][]byte, trustDomain string, leafLifetime time.Duration, now time.Time) (next map[string][]byte, changed bool, err error) {
	domain, err := ParseID(scheme + trustDomain)
	if err != nil || domain.Path != "" {
		return nil, false, fmt.Errorf("trust domain %q: it must be lower-case letters, digits, dots, dashes and underscores", trustDomain)
	}
	next = maps.Clone(data)
	if next == nil {
		next = map[string][]byte{}
	}
	root, err := nextRoot(next, domain, now)
	if err != nil {
		return nil, false, err
	}
	renewed, err := renewIntermediate(next, root, domain, leafLifetime, now)
	if err != nil {
		return nil, false, err
	}
	return next, renewed, nil
}

// nextRoot reads the root. Where nothing is stored it puts a new one into data.
func nextRoot(data map[string][]byte, domain ID, now time.Time) (pair, error) {
	if len(data[RootCertificate])+len(data[RootKey])+len(data[IntermediateCertificate])+len(data[IntermediateKey]) == 0 {
		root, err := newRoot(domain, now)
		if err != nil {
			return pair{}, err
		}
		return root, store(data, RootCertificate, RootKey, root)
	}
	root, err := load(data, RootCertificate, RootKey)
	if err != nil {
		return pair{}, err
	}
	if got, err := domainOf(root.certificate); err != nil {
		return pair{}, broken(RootCertificate, err)
	} else if got != domain {
		return pair{}, broken(RootCertificate, fmt.Errorf("is of the trust domain %s, but the mesh has %s; delete the Secret to begin anew, which makes all workloads ask for new certificates", got.TrustDomain, domain.TrustDomain))
	}
	if !now.Before(root.certificate.NotAfter) {
		return pair{}, broken(RootCertificate, fmt.Errorf("has ended at %s; delete the Secret to begin anew", root.certificate.NotAfter.UTC().Format(time.RFC3339)))
	}
	return root, nil
}

// renewIntermediate puts a new one into data when there is none or it is due.
func renewIntermediate(data map[string][]byte, root pair, domain ID, leafLifetime time.Duration, now time.Time) (bool, error) {
	if len(data[IntermediateCertificate])+len(data[IntermediateKey]) > 0 {
		present, err := load(data, IntermediateCertificate, IntermediateKey)
		if err != nil {
			return false, err
		}
		if err := signedBy(present.certificate, root.certificate); err != nil {
			return false, err
		}
		if !due(present.certificate, intermediateEnd(root.certificate, leafLifetime, now), now) {
			return false, nil
		}
	}
	fresh, err := newIntermediate(root, domain, leafLifetime, now)
	if err != nil {
		return false, err
	}
	return true, store(data, IntermediateCertificate, IntermediateKey, fresh)
}

// due says whether half the life has passed and a new certificate would last longer, which it would not at the end of
// the root.
func due(present *x509.Certificate, end, now time.Time) bool {
	half := present.NotBefore.Add(present.NotAfter.Sub(present.NotBefore) / 2)
	return !now.Before(half) && end.Truncate(time.Second).After(present.NotAfter)
}

// Load reads the Secret. It does not look at the clock: an authority whose intermediate has ended can still say so.
func Load(data map[string][]byte) (*Authority, error) {
	root, err := loadCertificate(data, RootCertificate)
	if err != nil {
		return nil, err
	}
	domain, err := domainOf(root)
	if err != nil {
		return nil, broken(RootCertificate, err)
	}
	intermediate, err := load(data, IntermediateCertificate, IntermediateKey)
	if err != nil {
		return nil, err
	}
	if err := signedBy(intermediate.certificate, root); err != nil {
		return nil, err
	}
	return &Authority{domain: domain, root: root, intermediate: intermediate}, nil
}

func load(data map[string][]byte, certificateKey, keyKey string) (pair, error) {
	certificate, err := loadCertificate(data, certificateKey)
	if err != nil {
		return pair{}, err
	}
	if len(data[keyKey]) == 0 {
		return pair{}, broken(keyKey, errors.New("is missing"))
	}
	key, err := decodePrivateKey(data[keyKey])
	if err != nil {
		return pair{}, broken(keyKey, err)
	}
	if !key.public().Equal(certificate.PublicKey) {
		return pair{}, broken(keyKey, fmt.Errorf("is not the key of %s", certificateKey))
	}
	return pair{certificate: certificate, key: key}, nil
}

func loadCertificate(data map[string][]byte, key string) (*x509.Certificate, error) {
	if len(data[key]) == 0 {
		return nil, broken(key, errors.New("is missing"))
	}
	block, rest := pem.Decode(data[key])
	if block == nil || block.Type != "CERTIFICATE" || len(rest) > 0 {
		return nil, broken(key, errors.New("is not one PEM block CERTIFICATE"))
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, broken(key, err)
	}
	if !certificate.BasicConstraintsValid || !certificate.IsCA || certificate.KeyUsage&x509.KeyUsageCertSign == 0 {
		return nil, broken(key, errors.New("is no certificate of a CA"))
	}
	return certificate, nil
}

func store(data map[string][]byte, certificateKey, keyKey string, p pair) error {
	key, err := p.key.encode()
	if err != nil {
		return err
	}
	data[certificateKey], data[keyKey] = encodeCertificate(p.certificate), key
	return nil
}

func encodeCertificate(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

func signedBy(intermediate, root *x509.Certificate) error {
	if err := intermediate.CheckSignatureFrom(root); err != nil {
		return broken(IntermediateCertificate, fmt.Errorf("is not signed by %s: %w", RootCertificate, err))
	}
	return nil
}

// domainOf is the trust domain that a certificate of a CA names.
func domainOf(c *x509.Certificate) (ID, error) {
	if len(c.URIs) != 1 {
		return ID{}, fmt.Errorf("has %d URI names, want the trust domain alone", len(c.URIs))
	}
	id, err := ParseID(c.URIs[0].String())
	if err == nil && id.Path != "" {
		err = fmt.Errorf("names %s, want a trust domain without a path", id)
	}
	return id, err
}

func broken(key string, why error) error {
	return fmt.Errorf("the Secret %s, key %s: %w", SecretName, key, why)
}
