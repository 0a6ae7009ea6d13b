package ca

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
)

const (
	// maxRequest is the largest certificate request in bytes. One with an RSA-4096 key has some 1,600.
	maxRequest = 16 << 10
	minRSABits = 2048
	// maxRSABits bounds the work that one caller can ask for.
	maxRSABits = 8192
)

// ParseCSR returns the public key of a PKCS #10 request, once the request has proved that its sender has the private
// one. Names and extensions in it are not looked at.
func ParseCSR(der []byte) (crypto.PublicKey, error) {
	if len(der) > maxRequest {
		return nil, fmt.Errorf("certificate request of %d bytes: at most %d are allowed", len(der), maxRequest)
	}
	request, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, fmt.Errorf("certificate request: %w", err)
	}
	if err := checkPublicKey(request.PublicKey); err != nil {
		return nil, fmt.Errorf("certificate request: %w", err)
	}
	if err := request.CheckSignature(); err != nil {
		return nil, fmt.Errorf("certificate request: its signature: %w", err)
	}
	return request.PublicKey, nil
}

func checkPublicKey(key crypto.PublicKey) error {
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() || k.Curve == elliptic.P384() {
			return nil
		}
		return fmt.Errorf("an ECDSA key on curve %s is refused; use P-256 or P-384", k.Curve.Params().Name)
	case ed25519.PublicKey:
		return nil
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits < minRSABits || bits > maxRSABits {
			return fmt.Errorf("an RSA key of %d bits is refused; use %d to %d", bits, minRSABits, maxRSABits)
		}
		return nil
	default:
		return fmt.Errorf("a key of type %T is refused; use ECDSA P-256", key)
	}
}
