package ca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

const hidden = "[private key]"

// PrivateKey is a key of the CA. It prints as "[private key]" with every verb and in JSON.
type PrivateKey struct {
	// key is behind a function, so that not even reflection reaches it.
	key func() *ecdsa.PrivateKey
}

func newPrivateKey() (PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return PrivateKey{}, fmt.Errorf("make a key: %w", err)
	}
	return hide(key), nil
}

func hide(key *ecdsa.PrivateKey) PrivateKey {
	return PrivateKey{key: func() *ecdsa.PrivateKey { return key }}
}

func (k PrivateKey) public() *ecdsa.PublicKey { return &k.key().PublicKey }

func (k PrivateKey) encode() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.key())
	if err != nil {
		return nil, errors.New("encode a private key")
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// decodePrivateKey never quotes what it read.
func decodePrivateKey(text []byte) (PrivateKey, error) {
	block, rest := pem.Decode(text)
	if block == nil || block.Type != "PRIVATE KEY" || len(rest) > 0 {
		return PrivateKey{}, errors.New("is not one PEM block PRIVATE KEY")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return PrivateKey{}, errors.New("is no PKCS #8 private key")
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() {
		return PrivateKey{}, errors.New("is no ECDSA P-256 key")
	}
	return hide(key), nil
}

// String hides the key.
func (PrivateKey) String() string { return hidden }

// GoString hides the key.
func (PrivateKey) GoString() string { return hidden }

// Format hides the key from every verb.
func (PrivateKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalText hides the key.
func (PrivateKey) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// MarshalJSON hides the key.
func (PrivateKey) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// LogValue hides the key.
func (PrivateKey) LogValue() slog.Value { return slog.StringValue(hidden) }
