package identity

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func key(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func root(t *testing.T) authority {
	t.Helper()
	k := key(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	return authority{k, issue(t, template, template, k, k)}
}

func issue(t *testing.T, template, parent *x509.Certificate, public, signer *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &public.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func good() *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(0xabc), NotBefore: now.Add(-time.Minute), NotAfter: now.Add(time.Hour),
		URIs:     []*url.URL{{Scheme: "spiffe", Host: "mesh", Path: "/ns/shop/sa/cart"}},
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
}

func TestCheck(t *testing.T) {
	ca, other := root(t), root(t)
	ours := key(t)
	uri := good().URIs[0]
	cases := map[string]struct {
		change func(*x509.Certificate)
		key    *ecdsa.PrivateKey
		roots  []*x509.Certificate
		want   string // part of the error, empty for none
	}{
		"good":                 {want: ""},
		"good under two roots": {roots: []*x509.Certificate{other.cert, ca.cert}},
		"another key":          {key: key(t), want: "not for our key"},
		"another root":         {roots: []*x509.Certificate{other.cert}, want: "does not verify"},
		"no root":              {roots: []*x509.Certificate{}, want: "does not verify"},
		"expired":              {change: func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Second) }, want: "expired"},
		"not yet valid":        {change: func(c *x509.Certificate) { c.NotBefore = now.Add(time.Minute) }, want: "not yet valid"},
		"two URIs [E03]":       {change: func(c *x509.Certificate) { c.URIs = []*url.URL{uri, uri} }, want: "2 URI names"},
		"no URI [E03]":         {change: func(c *x509.Certificate) { c.URIs = nil; c.DNSNames = []string{"x"} }, want: "0 URI names"},
		"no SPIFFE ID [E03]":   {change: func(c *x509.Certificate) { c.URIs = []*url.URL{{Scheme: "https", Host: "x", Path: "/y"}} }, want: "no SPIFFE ID"},
		"a trust domain":       {change: func(c *x509.Certificate) { c.URIs = []*url.URL{{Scheme: "spiffe", Host: "mesh"}} }, want: "no SPIFFE ID"},
		"a CA":                 {change: func(c *x509.Certificate) { c.IsCA = true }, want: "of a CA"},
		"may sign":             {change: func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageCRLSign }, want: "key usage"},
		"server only":          {change: func(c *x509.Certificate) { c.ExtKeyUsage = c.ExtKeyUsage[:1] }, want: "both server and client"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			template := good()
			if c.change != nil {
				c.change(template)
			}
			leaf := issue(t, template, ca.cert, ours, ca.key)
			roots, k := c.roots, c.key
			if roots == nil {
				roots = []*x509.Certificate{ca.cert}
			}
			if k == nil {
				k = ours
			}
			_, err := Check([][]byte{leaf.Raw}, k, roots, now)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("Check: %v, want an error with %q", err, c.want)
			}
		})
	}
	for name, chain := range map[string][][]byte{"empty": nil, "garbage": {[]byte("x")}} {
		if _, err := Check(chain, ours, []*x509.Certificate{ca.cert}, now); err == nil {
			t.Errorf("Check of a chain that is %s: no error", name)
		}
	}
}

func TestTheKeyIsNotPrinted(t *testing.T) {
	ca, ours := root(t), key(t)
	leaf := issue(t, good(), ca.cert, ours, ca.key)
	id, err := Check([][]byte{leaf.Raw}, ours, []*x509.Certificate{ca.cert}, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if got, want := fmt.Sprintf(verb, id), "spiffe://mesh/ns/shop/sa/cart serial abc"; got != want {
			t.Errorf("%s prints %q, want %q", verb, got, want)
		}
	}
}

func TestTrustedBy(t *testing.T) {
	ca, other, ours := root(t), root(t), key(t)
	leaf := issue(t, good(), ca.cert, ours, ca.key)
	id, err := Check([][]byte{leaf.Raw}, ours, []*x509.Certificate{ca.cert}, now)
	if err != nil {
		t.Fatal(err)
	}
	if !id.TrustedBy([]*x509.Certificate{other.cert, ca.cert}, now) {
		t.Error("not trusted by a set that holds its root")
	}
	if id.TrustedBy([]*x509.Certificate{other.cert}, now) {
		t.Error("trusted by a set without its root")
	}
}

func TestParseRootsRefusesAllOrNothing(t *testing.T) {
	ca, ours := root(t), key(t)
	leaf := issue(t, good(), ca.cert, ours, ca.key)
	if roots, err := ParseRoots([][]byte{ca.cert.Raw}); err != nil || len(Fingerprints(roots)) != 1 {
		t.Errorf("ParseRoots of a root: %v", err)
	}
	for name, ders := range map[string][][]byte{
		"nothing": nil, "garbage": {ca.cert.Raw, []byte("x")}, "a leaf": {ca.cert.Raw, leaf.Raw},
	} {
		if _, err := ParseRoots(ders); err == nil {
			t.Errorf("ParseRoots of %s: no error", name)
		}
	}
}

func TestRenewAt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		life := time.Duration(rapid.Int64Range(int64(time.Minute), int64(90*24*time.Hour)).Draw(t, "life"))
		chance := rapid.Float64Range(0, 1).Draw(t, "chance")
		at := RenewAt(now, now.Add(life), chance).Sub(now)
		if at < life*45/100-time.Second || at > life*55/100+time.Second {
			t.Fatalf("renewed at %s of %s, want within a tenth of half its life", at, life)
		}
	})
	early, late := RenewAt(now, now.Add(24*time.Hour), 0), RenewAt(now, now.Add(24*time.Hour), 1)
	if got := late.Sub(early); got < 2*time.Hour {
		t.Errorf("renewals are spread over %s, want over two hours of a day", got)
	}
}

func TestBackoff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		failures := rapid.IntRange(0, 1000).Draw(t, "failures")
		wait := Backoff(failures, 100*time.Millisecond, 30*time.Second, rapid.Float64Range(0, 1).Draw(t, "chance"))
		if wait < 50*time.Millisecond || wait > 30*time.Second {
			t.Fatalf("waits %s after %d failures", wait, failures)
		}
	})
}
