package agent

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	accesslogv3 "github.com/envoyproxy/go-control-plane/envoy/data/accesslog/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	accesslogsv3 "github.com/envoyproxy/go-control-plane/envoy/service/accesslog/v3"
	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	secretv3 "github.com/envoyproxy/go-control-plane/envoy/service/secret/v3"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/weft-mesh/weft/internal/agent/identity"
	"github.com/weft-mesh/weft/internal/agent/operator"
	"github.com/weft-mesh/weft/internal/agent/secrets"
	"github.com/weft-mesh/weft/internal/outcome"
	"github.com/weft-mesh/weft/internal/protocol/agentv1"
)

// sidecar is an agent without an Envoy: the test is its Envoy, over the socket.
type sidecar struct {
	t      *testing.T
	run    *run
	conn   *grpc.ClientConn
	admin  chan string // what was asked of Envoy's admin interface
	log    *bytes.Buffer
	stop   func() error
	health string
}

func newSidecar(t *testing.T, o *fakeOperator, token string) *sidecar {
	t.Helper()
	directory := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(directory, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	s := &sidecar{t: t, admin: make(chan string, 1000), log: &bytes.Buffer{}}
	admin := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s.admin <- r.Method + " " + r.URL.RequestURI()
	}))
	t.Cleanup(admin.Close)
	config := Config{
		Operator:  operator.Options{Address: o.address, Name: operatorName, Token: write("token", token+"\n")},
		Roots:     write("roots.pem", string(o.root.pem())),
		Directory: directory, Health: "127.0.0.1:0", AdminURL: admin.URL, Unredirected: true, Drain: time.Minute,
		Namespace: "shop", Pod: "cart-1", Workload: "cart", Version: "v0",
		Log: slog.New(slog.NewJSONHandler(s.log, nil)),
	}
	r, err := prepare(config)
	if err != nil {
		t.Fatal(err)
	}
	s.run, s.health = r, "http://"+r.health.Addr().String()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.serve(ctx) }()
	stopped := false
	s.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return <-done
	}
	t.Cleanup(func() { _ = s.stop() })
	if s.conn, err = grpc.NewClient("unix://"+r.config.socket(), grpc.WithTransportCredentials(insecure.NewCredentials())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.conn.Close() })
	return s
}

// bounded ends a test that waits in vain.
func bounded(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

type (
	adsClient    = discoveryv3.AggregatedDiscoveryService_DeltaAggregatedResourcesClient
	secretClient = secretv3.SecretDiscoveryService_DeltaSecretsClient
)

func (s *sidecar) ads() adsClient {
	s.t.Helper()
	stream, err := discoveryv3.NewAggregatedDiscoveryServiceClient(s.conn).DeltaAggregatedResources(bounded(s.t))
	if err != nil {
		s.t.Fatal(err)
	}
	return stream
}

func (s *sidecar) secret(name string) secretClient {
	s.t.Helper()
	stream, err := secretv3.NewSecretDiscoveryServiceClient(s.conn).DeltaSecrets(bounded(s.t))
	if err != nil {
		s.t.Fatal(err)
	}
	send(s.t, stream.Send, &discoveryv3.DeltaDiscoveryRequest{TypeUrl: secrets.TypeURL, ResourceNamesSubscribe: []string{name}})
	return stream
}

func (s *sidecar) status(path string) int {
	s.t.Helper()
	response, err := http.Get(s.health + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

func send[M any](t *testing.T, do func(M) error, m M) {
	t.Helper()
	if err := do(m); err != nil {
		t.Fatal(err)
	}
}

func receive[M any](t *testing.T, do func() (M, error)) M {
	t.Helper()
	m, err := do()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// take receives a response and acknowledges it.
func take(t *testing.T, stream adsClient) *discoveryv3.DeltaDiscoveryResponse {
	t.Helper()
	m := receive(t, stream.Recv)
	send(t, stream.Send, &discoveryv3.DeltaDiscoveryRequest{TypeUrl: m.TypeUrl, ResponseNonce: m.Nonce})
	return m
}

func takeSecret(t *testing.T, stream secretClient) *tlsv3.Secret {
	t.Helper()
	m := take(t, stream)
	var s tlsv3.Secret
	if err := m.Resources[0].Resource.UnmarshalTo(&s); err != nil {
		t.Fatal(err)
	}
	return &s
}

func resource(name, version string) *discoveryv3.Resource {
	return &discoveryv3.Resource{Name: name, Version: version, Resource: &anypb.Any{TypeUrl: "opaque", Value: []byte{0xff, 0xfe}}}
}

func names(m *discoveryv3.DeltaDiscoveryResponse) map[string]string {
	found := map[string]string{}
	for _, r := range m.Resources {
		found[r.Name] = r.Version
	}
	return found
}

func secretState(m *agentv1.FromAgent) *agentv1.SecretState { return m.GetSecrets() }

func TestSecrets(t *testing.T) {
	o := newOperator(t, "sesame")
	s := newSidecar(t, o, "sesame")
	c := await(t, o.talks, "conversation", any1)
	hello := await(t, c.said, "hello", any1).GetHello()
	if hello.GetProtocol() != 1 || hello.GetBootId() == "" {
		t.Errorf("hello %v", hello)
	}

	own, roots := s.secret(secrets.Identity), s.secret(secrets.Roots)
	certificate := takeSecret(t, own).GetTlsCertificate()
	pair, err := tls.X509KeyPair(certificate.CertificateChain.GetInlineBytes(), certificate.PrivateKey.GetInlineBytes())
	if err != nil {
		t.Fatalf("what Envoy gets is no pair: %v", err)
	}
	if got := takeSecret(t, roots).GetValidationContext().TrustedCa.GetInlineBytes(); !bytes.Equal(got, o.root.pem()) {
		t.Errorf("roots %s", got)
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	print1 := identity.Fingerprints([]*x509.Certificate{o.root.cert})
	await(t, c.said, "acknowledgement of both secrets", func(m *agentv1.FromAgent) bool {
		return cmp.Equal(secretState(m), &agentv1.SecretState{LeafSerial: leaf.SerialNumber.Text(16), RootFingerprints: print1}, protocmp.Transform())
	})

	// Two roots are pushed at once; a set with garbage is not.
	next := newAuthority(t)
	tell := func(ders ...[]byte) {
		send(t, c.stream.Send, &agentv1.FromOperator{Body: &agentv1.FromOperator_Roots{Roots: &agentv1.Roots{RootsDer: ders}}})
	}
	tell(o.root.cert.Raw, []byte("garbage"))
	tell(o.root.cert.Raw, next.cert.Raw)
	if got := takeSecret(t, roots).GetValidationContext().TrustedCa.GetInlineBytes(); bytes.Count(got, []byte("BEGIN")) != 2 {
		t.Errorf("roots after the garbage and the good set: %s", got)
	}
	await(t, c.said, "acknowledgement of two roots", func(m *agentv1.FromAgent) bool {
		return len(secretState(m).GetRootFingerprints()) == 2
	})

	// Without our own root the certificate is renewed at once.
	await(t, o.signed, "first request", any1)
	o.root.cert, o.root.key = next.cert, next.key
	tell(next.cert.Raw)
	await(t, o.signed, "request for a certificate under the new root", any1)
	renewed := takeSecret(t, own).GetTlsCertificate()
	if bytes.Equal(renewed.CertificateChain.GetInlineBytes(), certificate.CertificateChain.GetInlineBytes()) ||
		bytes.Equal(renewed.PrivateKey.GetInlineBytes(), certificate.PrivateKey.GetInlineBytes()) {
		t.Error("the renewed identity has the old certificate or key")
	}

	if err := s.stop(); err != nil {
		t.Errorf("the agent ended with %v", err)
	}
	if strings.Contains(s.log.String(), "PRIVATE KEY") || strings.Contains(s.log.String(), "sesame") {
		t.Errorf("a secret is in the log: %s", s.log)
	}
}

func TestSecretsInTheOtherFormOfTheProtocol(t *testing.T) {
	o := newOperator(t, "sesame")
	s := newSidecar(t, o, "sesame")
	stream, err := secretv3.NewSecretDiscoveryServiceClient(s.conn).StreamSecrets(bounded(t))
	if err != nil {
		t.Fatal(err)
	}
	send(t, stream.Send, &discoveryv3.DiscoveryRequest{TypeUrl: secrets.TypeURL, ResourceNames: []string{secrets.Roots}})
	got := receive(t, stream.Recv)
	if len(got.Resources) != 1 || got.VersionInfo == "" {
		t.Fatalf("response with %d resources and version %q", len(got.Resources), got.VersionInfo)
	}
	if s.run.store.Acknowledged() {
		t.Error("acknowledged before Envoy's word")
	}
	_, said := s.run.store.State()
	send(t, stream.Send, &discoveryv3.DiscoveryRequest{
		TypeUrl: secrets.TypeURL, ResourceNames: []string{secrets.Roots}, ResponseNonce: got.Nonce, VersionInfo: got.VersionInfo,
	})
	<-said
	if state, _ := s.run.store.State(); len(state.RootFingerprints) != 1 {
		t.Errorf("state %v after the acknowledgement", state)
	}
}

func TestABadCertificateIsNeverServed(t *testing.T) {
	o := newOperator(t, "sesame")
	other := newAuthority(t)
	spoils := 0
	spoil := func(answer *agentv1.SignResponse) {
		switch spoils++; spoils {
		case 1:
			answer.ChainDer = [][]byte{[]byte("garbage")}
		case 2:
			answer.RootsDer = [][]byte{other.cert.Raw}
		}
	}
	o.spoil.Store(&spoil)
	s := newSidecar(t, o, "sesame")
	chain := takeSecret(t, s.secret(secrets.Identity)).GetTlsCertificate().CertificateChain.GetInlineBytes()
	if spoils != 3 || !bytes.Contains(chain, []byte("BEGIN CERTIFICATE")) {
		t.Errorf("served after %d answers, want after the third, the first good one", spoils)
	}
}

func TestAWrongTokenGetsNothing(t *testing.T) {
	o := newOperator(t, "sesame")
	s := newSidecar(t, o, "stale")
	select {
	case <-o.signed:
		t.Error("signed for a wrong token")
	case <-o.talks:
		t.Error("talked to a wrong token")
	case <-o.refused:
	}
	if err := os.WriteFile(s.run.config.Operator.Token, []byte("sesame"), 0o600); err != nil {
		t.Fatal(err)
	}
	takeSecret(t, s.secret(secrets.Identity)) // the token is read again at each call
}

func TestRelay(t *testing.T) {
	o := newOperator(t, "sesame")
	s := newSidecar(t, o, "sesame")
	if got := s.status("/ready"); got != http.StatusServiceUnavailable {
		t.Errorf("/ready before any configuration: %d", got)
	}
	if got := s.status("/live"); got != http.StatusOK {
		t.Errorf("/live: %d", got)
	}

	envoy := s.ads()
	send(t, envoy.Send, &discoveryv3.DeltaDiscoveryRequest{TypeUrl: listenerType})
	up := await(t, o.streams, "configuration stream", any1)
	receive(t, up.Recv)
	send(t, up.Send, &discoveryv3.DeltaDiscoveryResponse{TypeUrl: listenerType, Nonce: "1", Resources: []*discoveryv3.Resource{resource("in", "1"), resource("out", "1")}})
	got := take(t, envoy)
	if diff := cmp.Diff([]*discoveryv3.Resource{resource("in", "1"), resource("out", "1")}, got.Resources, protocmp.Transform()); diff != "" {
		t.Errorf("what Envoy gets (-want +got):\n%s", diff)
	}
	if ack := receive(t, up.Recv); ack.ResponseNonce != "1" || ack.ErrorDetail != nil {
		t.Errorf("acknowledgement %v", ack)
	}
	if got := s.status("/ready"); got != http.StatusOK {
		t.Errorf("/ready after the listeners: %d", got)
	}

	// The operator goes. Envoy's stream stays, and a new Envoy gets the same.
	o.server.Stop()
	restarted := s.ads()
	send(t, restarted.Send, &discoveryv3.DeltaDiscoveryRequest{TypeUrl: listenerType})
	if diff := cmp.Diff(map[string]string{"in": "1", "out": "1"}, names(take(t, restarted))); diff != "" {
		t.Errorf("a new Envoy beside an absent operator (-want +got):\n%s", diff)
	}
	if _, err := envoy.Recv(); err == nil {
		t.Error("the stream of the Envoy that is gone lives on")
	}

	// The operator comes back, and only the difference passes, on the stream that was open all the time.
	o.start("sesame")
	up = await(t, o.streams, "configuration stream after the operator's restart", any1)
	asked := receive(t, up.Recv)
	if diff := cmp.Diff(map[string]string{"in": "1", "out": "1"}, asked.InitialResourceVersions); diff != "" {
		t.Errorf("what the operator hears (-want +got):\n%s", diff)
	}
	send(t, up.Send, &discoveryv3.DeltaDiscoveryResponse{TypeUrl: listenerType, Nonce: "2", Resources: []*discoveryv3.Resource{resource("out", "2")}})
	if diff := cmp.Diff(map[string]string{"out": "2"}, names(take(t, restarted))); diff != "" {
		t.Errorf("what Envoy gets then (-want +got):\n%s", diff)
	}
	if ack := receive(t, up.Recv); ack.ResponseNonce != "2" {
		t.Errorf("acknowledgement %v", ack)
	}
}

func TestOutcomesAndDrain(t *testing.T) {
	o := newOperator(t, "sesame")
	s := newSidecar(t, o, "sesame")
	c := await(t, o.talks, "conversation", any1)
	reports := func(m *agentv1.FromAgent) bool { return m.GetOutcomes() != nil }
	if first := await(t, c.said, "first report", reports).GetOutcomes(); len(first.Counters) != 0 || first.BootId == "" {
		t.Errorf("before the first request: %v", first)
	}
	logs, err := accesslogsv3.NewAccessLogServiceClient(s.conn).StreamAccessLogs(bounded(t))
	if err != nil {
		t.Fatal(err)
	}
	entry := &accesslogv3.HTTPAccessLogEntry{
		CommonProperties: &accesslogv3.AccessLogCommon{RouteName: outcome.Judged + "shop/reviews", UpstreamCluster: "shop/reviews/8080"},
		Response:         &accesslogv3.HTTPResponseProperties{ResponseCode: wrapperspb.UInt32(503)},
	}
	send(t, logs.Send, &accesslogsv3.StreamAccessLogsMessage{LogEntries: &accesslogsv3.StreamAccessLogsMessage_HttpLogs{
		HttpLogs: &accesslogsv3.StreamAccessLogsMessage_HTTPAccessLogEntries{LogEntry: []*accesslogv3.HTTPAccessLogEntry{entry, entry}},
	}})
	report := await(t, c.said, "report", reports).GetOutcomes()
	if len(report.Counters) != 1 || report.Counters[0].Outcome != "5xx" || report.Counters[0].Requests != 2 || report.BootId == "" {
		t.Errorf("report %v", report)
	}

	send(t, c.stream.Send, &agentv1.FromOperator{Body: &agentv1.FromOperator_Drain{Drain: &agentv1.Drain{Reason: "removed from its service"}}})
	await(t, s.admin, "drain", func(asked string) bool { return asked == "POST /drain_listeners?graceful&inboundonly" })
}

func TestNoStartWithoutProofOfRedirection(t *testing.T) {
	c := Config{
		Operator: operator.Options{Address: "x:1", Name: "x"}, Namespace: "shop", Pod: "cart-1",
		Directory: t.TempDir(), Log: slog.New(slog.DiscardHandler),
	}
	if err := Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), "no proof") {
		t.Errorf("Run without proof: %v", err)
	}
	file := filepath.Join(c.Directory, ProofName)
	if err := os.WriteFile(file, []byte(`{"namespace":"net:[1]","table":"weft"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), "but this is") {
		t.Errorf("Run with the proof of another namespace: %v", err)
	}
	here, err := Namespace()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(`{"namespace":"`+here+`","table":"weft"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := checkRedirection(c.Directory); err != nil {
		t.Errorf("the proof of this namespace: %v", err)
	}
}
