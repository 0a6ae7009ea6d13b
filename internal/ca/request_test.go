package ca_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"testing"

	"github.com/weft-mesh/weft/internal/ca"
)

func request(t testing.TB, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{"evil.example"}}, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func rsaKey(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	t.Setenv("GODEBUG", "rsa1024min=0")
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// forged is a request whose public key was exchanged after it was signed.
func forged(t testing.TB) []byte {
	t.Helper()
	own, other := newKey(t), newKey(t)
	ownPoint, _ := own.PublicKey.Bytes()
	otherPoint, _ := other.PublicKey.Bytes()
	return bytes.Replace(request(t, own), ownPoint, otherPoint, 1)
}

func FuzzParseCSR(f *testing.F) {
	f.Add(request(f, newKey(f)))
	f.Add(forged(f))
	f.Add([]byte{0x30, 0x80})
	f.Fuzz(func(t *testing.T, der []byte) {
		key, err := ca.ParseCSR(der)
		if (key == nil) == (err == nil) {
			t.Fatalf("key %T and error %v", key, err)
		}
		if err != nil {
			return
		}
		if _, err := newAuthority(t, start).Sign(key, cart, 1<<40, start); err != nil {
			t.Fatalf("a key that was accepted can't be signed: %v", err)
		}
	})
}
