package agentserver_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"

	"github.com/weft-mesh/weft/internal/agentserver"
	"github.com/weft-mesh/weft/internal/ca"
	"github.com/weft-mesh/weft/internal/protocol/agentv1"
	"github.com/weft-mesh/weft/internal/token"
)

const (
	domain  = "mesh.example"
	service = "weft-operator.weft-system.svc"
	issuer  = "https://kubernetes.default.svc"
)

// pods are those of a cluster.
type pods struct {
	mu     sync.Mutex
	byName map[string]agentserver.Pod
}

func (p *pods) Lookup(namespace, name string) (agentserver.Pod, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	pod, found := p.byName[namespace+"/"+name]
	return pod, found
}

func (p *pods) set(name string, pod agentserver.Pod) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.byName[name] = pod
}

func (p *pods) remove(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.byName, name)
}

// world is an operator on loopback, and an API server that signs tokens.
type world struct {
	server  *agentserver.Server
	pods    *pods
	live    *ca.Live
	signer  jose.Signer
	address string
	changed chan struct{} // one entry for each change of a view
	counted chan struct{} // one entry for each report of counters
	proxies chan agentserver.Proxy
}

func newWorld(t testing.TB, adapt ...func(*agentserver.Options)) *world {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	w := &world{
		pods:    &pods{byName: map[string]agentserver.Pod{"shop/cart-1": {UID: "u1", Account: "cart", Workload: "cart"}}},
		live:    ca.NewLive("/ns/weft-system/sa/weft-operator", []string{service}, time.Now),
		signer:  tokenSigner(t, key),
		changed: make(chan struct{}, 10_000),
		counted: make(chan struct{}, 10_000),
		proxies: make(chan agentserver.Proxy, 10),
	}
	w.live.Set(newAuthority(t))
	options := agentserver.Options{
		Tokens:            token.NewVerifier("weft.dev", publish(key), time.Now),
		Pods:              w.pods,
		Authority:         w.live,
		XDS:               func(p agentserver.Proxy, stream agentserver.Stream) error { return w.serveADS(p, stream) },
		WholeXDS:          func(p agentserver.Proxy, stream agentserver.WholeStream) error { return w.serveADS(p, stream) },
		LeafLifetime:      func() time.Duration { return time.Hour },
		OperatorNamespace: "weft-system",
		Replica:           "weft-operator-0",
		Clock:             time.Now,
		Log:               slog.New(slog.DiscardHandler),
		Changed:           func() { w.changed <- struct{}{} },
		Counted:           func() { w.counted <- struct{}{} },
	}
	for _, f := range adapt {
		f(&options)
	}
	w.server = agentserver.New(options)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	w.address = listener.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- w.server.Serve(ctx, listener, w.live.AgentTLS()) }()
	t.Cleanup(func() {
		cancel()
		must(t, <-served)
	})
	return w
}

func (w *world) serveADS(p agentserver.Proxy, stream grpc.ServerStream) error {
	w.proxies <- p
	<-stream.Context().Done()
	return stream.Context().Err()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newAuthority(t testing.TB) *ca.Authority {
	t.Helper()
	data, _, err := ca.Next(nil, domain, time.Hour, time.Now())
	must(t, err)
	a, err := ca.Load(data)
	must(t, err)
	return a
}

func tokenSigner(t testing.TB, key *rsa.PrivateKey) jose.Signer {
	t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "1"))
	must(t, err)
	return s
}

func publish(key *rsa.PrivateKey) token.Fetch {
	return func(context.Context) (token.Documents, error) {
		set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "1", Use: "sig"}}})
		return token.Documents{Configuration: []byte(`{"issuer":"` + issuer + `"}`), Keys: set}, err
	}
}

// token is that of a pod.
func (w *world) token(t testing.TB, namespace, pod, uid, account string) string {
	return w.tokenFor(t, "weft.dev", namespace, pod, uid, account)
}

func (w *world) tokenFor(t testing.TB, audience, namespace, pod, uid, account string) string {
	t.Helper()
	named := func(name, uid string) map[string]string { return map[string]string{"name": name, "uid": uid} }
	payload, err := json.Marshal(map[string]any{
		"iss": issuer, "aud": []string{audience}, "sub": "system:serviceaccount:" + namespace + ":" + account,
		"exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(), "nbf": time.Now().Unix(),
		"kubernetes.io": map[string]any{"namespace": namespace, "pod": named(pod, uid), "serviceaccount": named(account, "a")},
	})
	must(t, err)
	signed, err := w.signer.Sign(payload)
	must(t, err)
	text, err := signed.CompactSerialize()
	must(t, err)
	return text
}

// dial connects as an agent does: it trusts the root and wants the Service's name.
func (w *world) dial(t testing.TB) *grpc.ClientConn {
	t.Helper()
	authority, _ := w.live.Authority()
	roots := x509.NewCertPool()
	roots.AddCert(authority.Roots()[0])
	conn, err := grpc.NewClient("passthrough:///"+w.address, grpc.WithTransportCredentials(
		credentials.NewTLS(&tls.Config{RootCAs: roots, ServerName: service, MinVersion: tls.VersionTLS13})))
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func with(ctx context.Context, token string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
}

func request(t testing.TB) (*ecdsa.PrivateKey, *agentv1.SignRequest) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	// A name in the request must not matter.
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{"admin.example"}}, key)
	must(t, err)
	return key, &agentv1.SignRequest{CsrDer: der}
}

// eventually waits for changes until the condition holds.
func (w *world) eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	limit := time.After(30 * time.Second)
	for !holds() {
		select {
		case <-w.changed:
		case <-w.counted:
		case <-limit:
			t.Fatalf("never: %s; views %+v", what, w.server.Views())
		}
	}
}
