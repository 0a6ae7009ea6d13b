package ca_test

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/weft-mesh/weft/internal/ca"
)

var (
	cartURI  = &url.URL{Scheme: "spiffe", Host: "mesh.example", Path: "/ns/shop/sa/cart"}
	adminURI = &url.URL{Scheme: "spiffe", Host: "mesh.example", Path: "/ns/shop/sa/admin"}
)

// TestNamesOfARequestGoNowhere asks for more than the account that was proved.
func TestNamesOfARequestGoNowhere(t *testing.T) {
	authority := newAuthority(t, start)
	cases := map[string]x509.CertificateRequest{
		"another account [E03]":   {URIs: []*url.URL{adminURI}},
		"a second URI [E03]":      {URIs: []*url.URL{cartURI, adminURI}},
		"a malformed URI [E03]":   {URIs: []*url.URL{{Scheme: "spiffe", Host: "mesh.example:80", Path: "//"}}},
		"names of any kind [E03]": {Subject: pkix.Name{CommonName: "admin"}, DNSNames: []string{"admin"}, EmailAddresses: []string{"a@b"}},
	}
	for name, asked := range cases {
		t.Run(name, func(t *testing.T) {
			der, err := x509.CreateCertificateRequest(rand.Reader, &asked, newKey(t))
			if err != nil {
				t.Fatal(err)
			}
			key, err := ca.ParseCSR(der)
			if err != nil {
				t.Fatal(err)
			}
			chain, err := authority.Sign(key, cart, time.Hour, start)
			if err != nil {
				t.Fatal(err)
			}
			leaf := parse(t, chain)[0]
			if len(leaf.URIs) != 1 || leaf.URIs[0].String() != cart || len(leaf.Subject.Names)+len(leaf.DNSNames)+len(leaf.EmailAddresses) != 0 {
				t.Errorf("the leaf names %v, %v, %v, %v, want %s alone", leaf.URIs, leaf.Subject, leaf.DNSNames, leaf.EmailAddresses, cart)
			}
		})
	}
}

// TestAPeerHasOneName is about a certificate that some other CA might sign.
func TestAPeerHasOneName(t *testing.T) {
	authority := newAuthority(t, start)
	cases := map[string][]*url.URL{
		"a second URI [E03]":    {cartURI, adminURI},
		"the same twice [E03]":  {cartURI, cartURI},
		"no URI [E03]":          nil,
		"a malformed URI [E03]": {{Scheme: "spiffe", Host: "mesh.example", Path: "/ns/shop/sa/cart/"}},
	}
	for name, uris := range cases {
		t.Run(name, func(t *testing.T) {
			err := ca.SPIFFEPeer(authority, cart, []*x509.Certificate{selfSigned(t, uris)}, start)
			if err == nil || !strings.Contains(err.Error(), ", want "+cart) {
				t.Errorf("error %v, want one about the name", err)
			}
		})
	}
	err := ca.SPIFFEPeer(authority, cart, []*x509.Certificate{selfSigned(t, []*url.URL{cartURI})}, start)
	if err == nil || strings.Contains(err.Error(), ", want ") {
		t.Errorf("one name: error %v, want one about the signer alone", err)
	}
}

func selfSigned(t *testing.T, uris []*url.URL) *x509.Certificate {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), URIs: uris, NotBefore: start, NotAfter: start.Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, [][]byte{der})[0]
}
