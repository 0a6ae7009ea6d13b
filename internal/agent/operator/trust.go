package operator

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"sync"

	"google.golang.org/grpc/credentials"
)

// Trust is the roots that the operator may be trusted by: those of the file and those that it sent itself.
type Trust struct {
	path string

	mu       sync.Mutex
	received []*x509.Certificate
}

// NewTrust reads roots from the file at each connect. It may come later.
func NewTrust(path string) *Trust { return &Trust{path: path} }

// Receive replaces the roots that the operator sent.
func (t *Trust) Receive(roots []*x509.Certificate) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.received = roots
}

func (t *Trust) pool() (*x509.CertPool, error) {
	text, err := os.ReadFile(t.path)
	t.mu.Lock()
	received := t.received
	t.mu.Unlock()
	if err != nil && len(received) == 0 {
		return nil, fmt.Errorf("read the roots of the mesh: %w", err)
	}
	pool := x509.NewCertPool()
	found := len(received)
	for _, root := range received {
		pool.AddCert(root)
	}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		root, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("read the roots of the mesh: %s: %w", t.path, err)
		}
		pool.AddCert(root)
		found++
	}
	if found == 0 {
		return nil, fmt.Errorf("read the roots of the mesh: %s holds no certificate", t.path)
	}
	return pool, nil
}

// transport is TLS with the roots of the moment.
type transport struct {
	trust *Trust
	name  string // that the operator's certificate must have
}

func (t transport) ClientHandshake(ctx context.Context, _ string, conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	pool, err := t.trust.pool()
	if err != nil {
		return nil, nil, err
	}
	config := &tls.Config{RootCAs: pool, ServerName: t.name, MinVersion: tls.VersionTLS13}
	return credentials.NewTLS(config).ClientHandshake(ctx, t.name, conn)
}

func (t transport) ServerHandshake(net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return nil, nil, fmt.Errorf("the agent is no server of the operator")
}

func (t transport) Info() credentials.ProtocolInfo {
	return credentials.ProtocolInfo{SecurityProtocol: "tls"}
}

func (t transport) Clone() credentials.TransportCredentials { return t }

func (t transport) OverrideServerName(string) error {
	return fmt.Errorf("the operator's name cannot be overridden")
}
