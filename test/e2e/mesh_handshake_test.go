package e2e

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// handshake dials a pod of the mesh from a pod of the namespace, with a certificate or an empty one. It returns the chain
// that the other end has shown, and how it has ended the connection.
func handshake(namespace, address string, offered tls.Certificate) (chain []*x509.Certificate, refusal error) {
	GinkgoHelper()
	manifest, err := os.ReadFile(filepath.Join("testdata", "tunnel.yaml"))
	Expect(err).NotTo(HaveOccurred())
	apply(namespace, strings.ReplaceAll(string(manifest), "ADDRESS", address))
	ready(namespace, "tunnel")
	config := &tls.Config{
		InsecureSkipVerify: true, // the chain is judged by the caller
		// The certificate is offered even if the other end asks for one of another CA.
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &offered, nil },
	}
	conn, err := tls.Dial("tcp", forward(namespace, "tunnel", "9000"), config)
	Expect(err).NotTo(HaveOccurred())
	defer conn.Close()
	_, refusal = conn.Read(make([]byte, 1))
	return conn.ConnectionState().PeerCertificates, refusal
}

// forward leads to a port of a pod's loopback until the spec ends.
func forward(namespace, pod, port string) (address string) {
	GinkgoHelper()
	cmd := exec.Command("kubectl", "port-forward", "pod/"+pod, "--namespace="+namespace, "--address=127.0.0.1", ":"+port)
	cmd.Stderr = GinkgoWriter
	out, err := cmd.StdoutPipe()
	Expect(err).NotTo(HaveOccurred())
	Expect(cmd.Start()).To(Succeed())
	DeferCleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	Expect(err).NotTo(HaveOccurred())
	return regexpSubmatch(`Forwarding from (\S+) ->`, line)
}

// namesOf are the alternative names of a certificate as they are on the wire, of all kinds.
func namesOf(c *x509.Certificate) (names []asn1.RawValue) {
	GinkgoHelper()
	for _, e := range c.Extensions {
		if e.Id.String() == "2.5.29.17" {
			_, err := asn1.Unmarshal(e.Value, &names)
			Expect(err).NotTo(HaveOccurred())
		}
	}
	for i := range names {
		names[i].FullBytes = nil
	}
	return names
}

// uriName is a URI among alternative names (RFC 5280, section 4.2.1.6).
func uriName(uri string) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 6, Bytes: []byte(uri)}
}
