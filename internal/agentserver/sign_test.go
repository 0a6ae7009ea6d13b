package agentserver_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"strconv"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/weft-mesh/weft/internal/agentserver"
	"github.com/weft-mesh/weft/internal/ca"
	"github.com/weft-mesh/weft/internal/protocol/agentv1"
	"github.com/weft-mesh/weft/internal/token"
)

func TestSign(t *testing.T) {
	w := newWorld(t)
	key, asked := request(t)
	response, err := agentv1.NewAgentClient(w.dial(t)).Sign(with(t.Context(), w.token(t, "shop", "cart-1", "u1", "cart")), asked)
	must(t, err)
	leaf, err := x509.ParseCertificate(response.ChainDer[0])
	must(t, err)
	if len(leaf.URIs) != 1 || leaf.URIs[0].String() != "spiffe://mesh.example/ns/shop/sa/cart" || len(leaf.DNSNames) != 0 {
		t.Errorf("the leaf names %v and %v, want the account alone", leaf.URIs, leaf.DNSNames)
	}
	if !key.PublicKey.Equal(leaf.PublicKey) {
		t.Error("the leaf is for another key")
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	for _, der := range response.RootsDer {
		root, err := x509.ParseCertificate(der)
		must(t, err)
		roots.AddCert(root)
	}
	intermediate, err := x509.ParseCertificate(response.ChainDer[1])
	must(t, err)
	between.AddCert(intermediate)
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		t.Error(err)
	}
}

func TestWhoMaySign(t *testing.T) {
	w := newWorld(t)
	w.pods.set("shop/ending", agentserver.Pod{UID: "u2", Account: "cart", Workload: "cart", Terminating: true})
	w.pods.set("shop/plain", agentserver.Pod{UID: "u3", Account: "cart"})
	w.pods.set("weft-system/rogue", agentserver.Pod{UID: "u4", Account: "weft-operator", Workload: "x"})
	w.pods.set("shop/greedy", agentserver.Pod{UID: "u5", Account: "cart", Workload: "cart"})
	other := newWorld(t)
	client := agentv1.NewAgentClient(w.dial(t))
	greedy := with(t.Context(), w.token(t, "shop", "greedy", "u5", "cart"))
	for range 10 {
		_, asked := request(t)
		_, err := client.Sign(greedy, asked)
		must(t, err)
	}
	cases := []struct {
		reason string
		ctx    context.Context
		want   codes.Code
	}{
		{"own pod", with(t.Context(), w.token(t, "shop", "cart-1", "u1", "cart")), codes.OK},
		{"terminating pod still drains", with(t.Context(), w.token(t, "shop", "ending", "u2", "cart")), codes.OK},
		{"no token", t.Context(), codes.Unauthenticated},
		{"text", with(t.Context(), "hello"), codes.Unauthenticated},
		{"two tokens", with(with(t.Context(), w.token(t, "shop", "cart-1", "u1", "cart")), "x"), codes.Unauthenticated},
		{"token of another cluster", with(t.Context(), other.token(t, "shop", "cart-1", "u1", "cart")), codes.Unauthenticated},
		{"token for the API server", with(t.Context(), w.tokenFor(t, issuer, "shop", "cart-1", "u1", "cart")), codes.Unauthenticated},
		{"uid of an earlier pod of this name", with(t.Context(), w.token(t, "shop", "cart-1", "u0", "cart")), codes.PermissionDenied},
		{"pod runs as another account", with(t.Context(), w.token(t, "shop", "cart-1", "u1", "admin")), codes.PermissionDenied},
		{"deleted pod", with(t.Context(), w.token(t, "shop", "cart-0", "u9", "cart")), codes.Unavailable},
		{"pod of another namespace", with(t.Context(), w.token(t, "bank", "cart-1", "u1", "cart")), codes.Unavailable},
		{"pod without a sidecar", with(t.Context(), w.token(t, "shop", "plain", "u3", "cart")), codes.PermissionDenied},
		{"the operator's namespace", with(t.Context(), w.token(t, "weft-system", "rogue", "u4", "weft-operator")), codes.PermissionDenied},
		{"pod that asks too often", greedy, codes.ResourceExhausted},
	}
	for _, c := range cases {
		_, asked := request(t)
		response, err := client.Sign(c.ctx, asked)
		if status.Code(err) != c.want || (response != nil) != (c.want == codes.OK) {
			t.Errorf("%s: %v, want %s", c.reason, err, c.want)
		}
	}
	_, err := client.Sign(with(t.Context(), w.token(t, "shop", "cart-1", "u1", "cart")), &agentv1.SignRequest{CsrDer: []byte("x")})
	if status.Code(err) != codes.InvalidArgument {
		t.Errorf("no request: %v", err)
	}
}

// BenchmarkSign is what one certificate costs: verify the pod's token and the request's signature, then sign. Transport
// and the limits of the rate are left out. CSR/s is the rate of one core.
func BenchmarkSign(b *testing.B) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(b, err)
	w := &world{signer: tokenSigner(b, key)}
	verifier, authority := token.NewVerifier("weft.dev", publish(key), time.Now), newAuthority(b)
	tokens, requests := make([]string, 64), make([]*agentv1.SignRequest, 64)
	for n := range tokens {
		tokens[n] = w.token(b, "shop", "cart-"+strconv.Itoa(n), "u", "cart")
		_, requests[n] = request(b)
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		claims, err := verifier.Verify(b.Context(), tokens[n%64])
		must(b, err)
		public, err := ca.ParseCSR(requests[n%64].CsrDer)
		must(b, err)
		_, err = authority.Sign(public, "spiffe://"+domain+"/ns/"+claims.Namespace+"/sa/"+claims.Account, time.Hour, time.Now())
		must(b, err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "CSR/s")
}
