package certificate

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"sync/atomic"
)

// Server serves the leaf of the Secret as it was last seen. The zero value has none yet. It may be used by several
// goroutines.
type Server struct {
	current atomic.Pointer[tls.Certificate]
}

var (
	errUnreadable = errors.New("webhook certificate: the Secret " + SecretName + " holds no leaf with its key")
	errNone       = errors.New("webhook certificate: none yet")
)

// SetSecret serves the leaf of data from now on. Data without a usable leaf is refused, and the last good leaf stays.
func (s *Server) SetSecret(data map[string][]byte) error {
	leaf := parse(data).leaf
	if leaf == nil {
		return errUnreadable
	}
	s.current.Store(&tls.Certificate{
		Certificate: [][]byte{leaf.certificate.Raw},
		PrivateKey:  leaf.key,
		Leaf:        leaf.certificate,
	})
	return nil
}

// GetCertificate is for tls.Config.
func (s *Server) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	if c := s.current.Load(); c != nil {
		return c, nil
	}
	return nil, errNone
}

// Serving is the Fingerprint of the data that is served, empty before there is any.
func (s *Server) Serving() string {
	if c := s.current.Load(); c != nil {
		return fingerprint(c.Certificate[0])
	}
	return ""
}

// Fingerprint names the leaf in data: SHA-256 in hexadecimal. It is empty when there is none.
func Fingerprint(data map[string][]byte) string {
	if leaf := parse(data).leaf; leaf != nil {
		return fingerprint(leaf.certificate.Raw)
	}
	return ""
}

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}
