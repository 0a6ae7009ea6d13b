package ca_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"testing"
	"time"

	"github.com/spiffe/go-spiffe/v2/bundle/x509bundle"
	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/spiffe/go-spiffe/v2/svid/x509svid"

	"github.com/weft-mesh/weft/internal/ca"
)

const cart = "spiffe://mesh.example/ns/shop/sa/cart"

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func newAuthority(t testing.TB, now time.Time) *ca.Authority {
	t.Helper()
	data, _, err := ca.Next(nil, "mesh.example", 24*time.Hour, now)
	if err != nil {
		t.Fatal(err)
	}
	a, err := ca.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func parse(t testing.TB, chain [][]byte) []*x509.Certificate {
	t.Helper()
	var out []*x509.Certificate
	for _, der := range chain {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

// extension returns the raw extension with an OID.
func extension(c *x509.Certificate, oid ...int) (value []byte, critical, found bool) {
	for _, e := range c.Extensions {
		if e.Id.Equal(asn1.ObjectIdentifier(oid)) {
			return e.Value, e.Critical, true
		}
	}
	return nil, false, false
}

// TestLeafFollowsX509SVID reads the raw extensions: the foreign verifier below does not look at all of them.
func TestLeafFollowsX509SVID(t *testing.T) {
	chain, err := newAuthority(t, start).Sign(newKey(t).Public(), cart, time.Hour, start)
	if err != nil {
		t.Fatal(err)
	}
	certificates := parse(t, chain)
	leaf, issuer := certificates[0], certificates[1]
	san, sanCritical, _ := extension(leaf, 2, 5, 29, 17)
	usage, usageCritical, _ := extension(leaf, 2, 5, 29, 15)
	constraints, _, _ := extension(leaf, 2, 5, 29, 19)
	var bits asn1.BitString
	if _, err := asn1.Unmarshal(usage, &bits); err != nil {
		t.Fatal(err)
	}
	var names []asn1.RawValue
	if _, err := asn1.Unmarshal(san, &names); err != nil {
		t.Fatal(err)
	}
	var basic struct {
		CA bool `asn1:"optional"`
	}
	if _, err := asn1.Unmarshal(constraints, &basic); err != nil {
		t.Fatal(err)
	}
	_, rootUsageCritical, _ := extension(issuer, 2, 5, 29, 15)

	rules := []struct {
		rule string
		held bool
	}{
		{"exactly one name, a URI (tag 6) of this ID", len(names) == 1 && names[0].Tag == 6 && string(names[0].Bytes) == cart},
		{"names are critical, since the Subject is empty", sanCritical && len(leaf.Subject.Names) == 0},
		{"key usage is critical", usageCritical},
		{"key usage is digitalSignature", bits.At(0) == 1},
		{"key usage is nothing else", bits.BitLength == 1},
		{"cA is false", !basic.CA},
		{"extended usage is server and client", len(leaf.ExtKeyUsage) == 2 && leaf.ExtKeyUsage[0] == x509.ExtKeyUsageServerAuth && leaf.ExtKeyUsage[1] == x509.ExtKeyUsageClientAuth},
		{"serial is positive and of at most 128 bits", leaf.SerialNumber.Sign() > 0 && leaf.SerialNumber.BitLen() <= 128 && leaf.SerialNumber.BitLen() > 64},
		{"NotBefore is one minute ago", leaf.NotBefore.Equal(start.Add(-time.Minute))},
		{"NotAfter is what was asked", leaf.NotAfter.Equal(start.Add(time.Hour))},
		{"issuer is a CA that signs certificates", issuer.IsCA && issuer.KeyUsage&x509.KeyUsageCertSign != 0 && rootUsageCritical},
		{"issuer may not authenticate", issuer.KeyUsage&x509.KeyUsageDigitalSignature == 0},
		{"issuer's ID has no path", len(issuer.URIs) == 1 && issuer.URIs[0].String() == "spiffe://mesh.example"},
		{"issuer signs leaves only", issuer.MaxPathLen == 0 && issuer.MaxPathLenZero},
	}
	for _, r := range rules {
		if !r.held {
			t.Errorf("rule broken: %s", r.rule)
		}
	}
}

func TestForeignVerifier(t *testing.T) {
	now := time.Now() // the foreign verifier reads the clock
	domain := spiffeid.RequireTrustDomainFromString("mesh.example")
	a, other := newAuthority(t, now), newAuthority(t, now)
	chain, err := a.Sign(newKey(t).Public(), cart, time.Hour, now)
	if err != nil {
		t.Fatal(err)
	}
	id, _, err := x509svid.Verify(parse(t, chain), x509bundle.FromX509Authorities(domain, a.Roots()))
	if err != nil || id.String() != cart {
		t.Errorf("own bundle: %v, %v; want %s", id, err, cart)
	}
	if _, _, err := x509svid.Verify(parse(t, chain), x509bundle.FromX509Authorities(domain, other.Roots())); err == nil {
		t.Error("a bundle of another root accepts the leaf")
	}
	if _, _, err := x509svid.Verify(parse(t, [][]byte{chain[1]}), x509bundle.FromX509Authorities(domain, a.Roots())); err == nil {
		t.Error("the intermediate authenticates")
	}
}

func TestSignRefuses(t *testing.T) {
	a := newAuthority(t, start)
	key := newKey(t)
	weak, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	end := a.IntermediateNotAfter()
	cases := []struct {
		reason   string
		id       string
		key      any
		lifetime time.Duration
		now      time.Time
	}{
		{"another trust domain", "spiffe://other.example/ns/shop/sa/cart", key.Public(), time.Hour, start},
		{"no path", "spiffe://mesh.example", key.Public(), time.Hour, start},
		{"no SPIFFE ID", "https://mesh.example/ns/shop/sa/cart", key.Public(), time.Hour, start},
		{"weak key", cart, weak.Public(), time.Hour, start},
		{"no lifetime", cart, key.Public(), 0, start},
		{"the intermediate has ended", cart, key.Public(), time.Hour, end.Add(-ca.Skew)},
	}
	for _, c := range cases {
		if _, err := a.Sign(c.key, c.id, c.lifetime, c.now); err == nil {
			t.Errorf("%s: signed", c.reason)
		}
	}
	chain, err := a.Sign(key.Public(), cart, time.Hour, end.Add(-10*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if got := parse(t, chain)[0].NotAfter; !got.Equal(end.Add(-ca.Skew)) {
		t.Errorf("leaf near the end of its issuer ends at %s, want %s", got, end.Add(-ca.Skew))
	}
}

func TestServing(t *testing.T) {
	a := newAuthority(t, start)
	const id = "spiffe://mesh.example/ns/weft-system/sa/weft-operator"
	c, err := ca.Serving(a, []string{"weft-operator.weft-system.svc"}, id, start)
	if err != nil {
		t.Fatal(err)
	}
	pool, between := x509.NewCertPool(), x509.NewCertPool()
	pool.AddCert(a.Roots()[0])
	chain := parse(t, c.Certificate)
	between.AddCert(chain[1])
	options := x509.VerifyOptions{DNSName: "weft-operator.weft-system.svc", Roots: pool, Intermediates: between, CurrentTime: start}
	if _, err := c.Leaf.Verify(options); err != nil {
		t.Error(err)
	}
	cases := []struct {
		reason string
		a      *ca.Authority
		id     string
		chain  []*x509.Certificate
		now    time.Time
		good   bool
	}{
		{"the operator itself", a, id, chain, start, true},
		{"another account", a, cart, chain, start, false},
		{"another root", newAuthority(t, start), id, chain, start, false},
		{"expired", a, id, chain, start.Add(48 * time.Hour), false},
		{"no certificate", a, id, nil, start, false},
	}
	for _, c := range cases {
		if err := ca.SPIFFEPeer(c.a, c.id, c.chain, c.now); (err == nil) != c.good {
			t.Errorf("%s: error %v, want good = %t", c.reason, err, c.good)
		}
	}
}

func TestParseCSRKeys(t *testing.T) {
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	p521, _ := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	cases := []struct {
		name string
		der  []byte
		good bool
	}{
		{"P-256", request(t, newKey(t)), true},
		{"P-384", request(t, p384), true},
		{"Ed25519", request(t, ed), true},
		{"RSA-2048", request(t, rsaKey(t, 2048)), true},
		{"RSA-1024", request(t, rsaKey(t, 1024)), false},
		{"P-521", request(t, p521), false},
		{"signature of another key", forged(t), false},
		{"too large", make([]byte, 17<<10), false},
		{"empty", nil, false},
	}
	for _, c := range cases {
		key, err := ca.ParseCSR(c.der)
		if (err == nil) != c.good || (key != nil) != c.good {
			t.Errorf("%s: key %T, error %v, want good = %t", c.name, key, err, c.good)
		}
	}
}
