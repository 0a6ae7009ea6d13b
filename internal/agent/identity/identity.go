package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
)

// Identity is a certificate chain and its key. However it is printed, the key is not.
type Identity struct {
	leaf  *x509.Certificate
	chain [][]byte
	key   *ecdsa.PrivateKey
}

// Leaf is the workload's certificate.
func (i *Identity) Leaf() *x509.Certificate { return i.leaf }

// Serial is the leaf's serial number in hexadecimal.
func (i *Identity) Serial() string { return i.leaf.SerialNumber.Text(16) }

// ChainPEM is the chain for Envoy, leaf first.
func (i *Identity) ChainPEM() []byte {
	var all []byte
	for _, der := range i.chain {
		all = append(all, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	return all
}

// KeyPEM is the key for Envoy, as PKCS #8. It must go nowhere else.
func (i *Identity) KeyPEM() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(i.key)
	if err != nil {
		return nil, fmt.Errorf("encode the key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// String names the identity and its serial number.
func (i *Identity) String() string { return i.leaf.URIs[0].String() + " serial " + i.Serial() }

// Format keeps the key out of every verb.
func (i *Identity) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(i.String())) }

// LogValue keeps the key out of logs.
func (i *Identity) LogValue() slog.Value { return slog.StringValue(i.String()) }

// NewKey makes a key on curve P-256.
func NewKey() (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return key, nil
}

// Request is a certificate request (PKCS #10) for the key. It names nothing: the CA takes names from the caller's token.
func Request(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		return nil, fmt.Errorf("make a certificate request: %w", err)
	}
	return der, nil
}
