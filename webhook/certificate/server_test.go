package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"testing"
)

// A connection is served by the newest good Secret; a bad one changes nothing.
func TestServesTheNewestGoodSecret(t *testing.T) {
	var server Server
	if _, err := server.GetCertificate(nil); err == nil || server.Serving() != "" {
		t.Fatal("a certificate from nowhere")
	}
	w := steady(t)
	if err := server.SetSecret(w.stored); err != nil {
		t.Fatal(err)
	}
	handshake(t, &server, w)
	if err := server.SetSecret(map[string][]byte{keyLeaf: w.stored[keyLeaf]}); err == nil {
		t.Fatal("a Secret without a key was taken")
	}
	if server.Serving() != Fingerprint(w.stored) {
		t.Fatal("the good leaf is gone")
	}
	handshake(t, &server, w)
}

func handshake(t *testing.T, server *Server, w *world) {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(Bundle(w.stored))
	here, there := net.Pipe()
	served := make(chan error, 1)
	go func() { served <- tls.Server(there, &tls.Config{GetCertificate: server.GetCertificate}).Handshake() }()
	client := tls.Client(here, &tls.Config{RootCAs: roots, ServerName: services[0], Time: w.clock})
	if err := client.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-served; err != nil {
		t.Fatal(err)
	}
}
