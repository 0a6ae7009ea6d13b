package cluster

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/weft-mesh/weft/hack/testbed/internal/layout"
	"github.com/weft-mesh/weft/hack/testbed/internal/network"
)

const validity = 30 * 24 * time.Hour

// identity is a certificate to issue.
type identity struct {
	file   string
	user   string
	groups []string
	hosts  []string // DNS names and addresses
}

// identities are the users of the API server; the file name is also the name of the kubeconfig.
func identities(nodes []string) []identity {
	all := []identity{
		{file: "apiserver", user: "kube-apiserver", hosts: []string{
			"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local", "localhost",
			"127.0.0.1", network.APIService, network.Address(1),
		}},
		{file: "admin", user: "admin", groups: []string{"system:masters"}},
		{file: "controller-manager", user: "system:kube-controller-manager"},
		{file: "scheduler", user: "system:kube-scheduler"},
		{file: "proxy", user: "system:kube-proxy"},
		{file: "network-policy", user: "network-policy", groups: []string{"system:masters"}},
	}
	for i, n := range nodes {
		all = append(all, identity{
			file: n, user: "system:node:" + n, groups: []string{"system:nodes"}, hosts: []string{n, network.Address(i + 1)},
		})
	}
	return all
}

// writePKI makes a certificate authority, one for aggregated API servers, all identities, and the key that signs
// the tokens of service accounts.
func writePKI(dir layout.Dir, nodes []string) error {
	if err := os.MkdirAll(dir.PKI(""), 0o700); err != nil {
		return err
	}
	ca, err := newAuthority(dir, "ca")
	if err != nil {
		return err
	}
	for _, id := range identities(nodes) {
		if err := ca.issue(dir, id); err != nil {
			return err
		}
	}
	front, err := newAuthority(dir, "front-proxy-ca")
	if err != nil {
		return err
	}
	if err := front.issue(dir, identity{file: "front-proxy", user: "front-proxy"}); err != nil {
		return err
	}
	tokens, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	return writeKey(dir.PKI("tokens"), tokens)
}

type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

func newAuthority(dir layout.Dir, name string) (authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return authority{}, err
	}
	cert := newTemplate(name)
	cert.IsCA, cert.BasicConstraintsValid, cert.KeyUsage = true, true, x509.KeyUsageCertSign
	return authority{cert, key}, write(dir, name, cert, cert, key, key)
}

func (a authority) issue(dir layout.Dir, id identity) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	cert := newTemplate(id.user)
	cert.Subject.Organization = id.groups
	cert.KeyUsage = x509.KeyUsageDigitalSignature
	cert.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	for _, host := range id.hosts {
		if ip := net.ParseIP(host); ip != nil {
			cert.IPAddresses = append(cert.IPAddresses, ip)
		} else {
			cert.DNSNames = append(cert.DNSNames, host)
		}
	}
	return write(dir, id.file, cert, a.cert, key, a.key)
}

func newTemplate(name string) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<62))
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(validity),
	}
}

func write(dir layout.Dir, file string, cert, parent *x509.Certificate, key, signer crypto.Signer) error {
	der, err := x509.CreateCertificate(rand.Reader, cert, parent, key.Public(), signer)
	if err != nil {
		return fmt.Errorf("issue %s: %w", file, err)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(dir.PKI(file+".crt"), block, 0o644); err != nil {
		return err
	}
	return writeKey(dir.PKI(file), key)
}

// writeKey writes FILE.key and its public half FILE.pub.
func writeKey(file string, key crypto.Signer) error {
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	err = os.WriteFile(file+".key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600)
	if err != nil {
		return fmt.Errorf("write key %s: %w", filepath.Base(file), err)
	}
	return os.WriteFile(file+".pub", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), 0o644)
}
