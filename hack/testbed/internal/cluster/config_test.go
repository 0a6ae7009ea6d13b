package cluster

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"strings"
	"testing"

	"github.com/weft-mesh/weft/hack/testbed/internal/layout"
)

// TestNodesShareNothing renders both nodes; a path or address of one in the files of the other would tie them.
func TestNodesShareNothing(t *testing.T) {
	dir := layout.Dir(t.TempDir())
	for i, name := range []string{"n1", "n2"} {
		if err := writeConfigs(dir, "/tools", i+1, name, "/weft-testbed/"+name); err != nil {
			t.Fatal(err)
		}
	}
	for own, foreign := range map[string][]string{
		"n1": {"/n2", "10.244.2.", "weft-testbed/n2"}, "n2": {"/n1", "10.244.1.", "weft-testbed/n1"},
	} {
		for _, file := range []string{"containerd.toml", "kubelet.yaml", "cni/10-ptp.conflist"} {
			content, err := os.ReadFile(dir.Node(own, "config", file))
			if err != nil {
				t.Fatal(err)
			}
			for _, word := range foreign {
				if strings.Contains(string(content), word) {
					t.Errorf("%s of %s names %q", file, own, word)
				}
			}
		}
	}
}

// TestCertificatesChain verifies each certificate as the API server would, and the wrong authority as it would not.
func TestCertificatesChain(t *testing.T) {
	dir := layout.Dir(t.TempDir())
	nodes := []string{"n1", "n2"}
	if err := writePKI(dir, nodes); err != nil {
		t.Fatal(err)
	}
	ca, other := pool(t, dir, "ca"), pool(t, dir, "front-proxy-ca")
	for _, id := range identities(nodes) {
		cert := certificate(t, dir, id.file)
		usage := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		if _, err := cert.Verify(x509.VerifyOptions{Roots: ca, KeyUsages: usage}); err != nil {
			t.Errorf("%s: %v", id.file, err)
		}
		if _, err := cert.Verify(x509.VerifyOptions{Roots: other, KeyUsages: usage}); err == nil {
			t.Errorf("%s verifies with the authority of the front proxy", id.file)
		}
		for _, host := range id.hosts {
			if err := cert.VerifyHostname(host); err != nil {
				t.Errorf("%s: %v", id.file, err)
			}
		}
		info, err := os.Stat(dir.PKI(id.file + ".key"))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s.key: mode %v, %v; want 0600", id.file, info.Mode(), err)
		}
	}
}

func certificate(t *testing.T, dir layout.Dir, file string) *x509.Certificate {
	t.Helper()
	content, err := os.ReadFile(dir.PKI(file + ".crt"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(content)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func pool(t *testing.T, dir layout.Dir, file string) *x509.CertPool {
	t.Helper()
	p := x509.NewCertPool()
	p.AddCert(certificate(t, dir, file))
	return p
}
