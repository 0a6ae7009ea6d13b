package operator

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// selfSigned is a certificate that is its own root.
func selfSigned(t *testing.T, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// handshake connects to a server that has the certificate.
func handshake(t *testing.T, client transport, server tls.Certificate) error {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{server}, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if conn, err := listener.Accept(); err == nil {
			_ = conn.(*tls.Conn).Handshake()
			conn.Close()
		}
	}()
	raw, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, _, err = client.ClientHandshake(ctx, "ignored", raw)
	raw.Close()
	<-done
	return err
}

func TestRootsAreReadAtEachConnect(t *testing.T) {
	first, second := selfSigned(t, "operator"), selfSigned(t, "operator")
	path := filepath.Join(t.TempDir(), "roots.pem")
	write := func(c tls.Certificate) {
		text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	client := transport{trust: NewTrust(path), name: "operator"}
	if err := handshake(t, client, first); err == nil {
		t.Error("connected without any root")
	}
	write(first)
	if err := handshake(t, client, first); err != nil {
		t.Errorf("the root of the file: %v", err)
	}
	if err := handshake(t, client, second); err == nil {
		t.Error("connected under a root that nobody gave")
	}
	write(second)
	if err := handshake(t, client, second); err != nil {
		t.Errorf("the root of the changed file: %v", err)
	}
	client.trust.Receive([]*x509.Certificate{first.Leaf})
	for name, server := range map[string]tls.Certificate{"received": first, "of the file": second} {
		if err := handshake(t, client, server); err != nil {
			t.Errorf("the root %s: %v", name, err)
		}
	}
}

func TestTheOperatorsNameIsVerified(t *testing.T) {
	server := selfSigned(t, "someone-else")
	trust := NewTrust(filepath.Join(t.TempDir(), "none"))
	trust.Receive([]*x509.Certificate{server.Leaf})
	if err := handshake(t, transport{trust: trust, name: "operator"}, server); err == nil {
		t.Error("connected to a server with another name")
	}
	if err := handshake(t, transport{trust: trust, name: "someone-else"}, server); err != nil {
		t.Errorf("the right name: %v", err)
	}
}
