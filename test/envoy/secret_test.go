package envoy

import (
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	secretv3 "github.com/envoyproxy/go-control-plane/envoy/service/secret/v3"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/weft-mesh/weft/internal/agent/bootstrap"
	"github.com/weft-mesh/weft/internal/agent/secrets"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// TestAListenerServesOnceItsSecretIsThere withholds the answer of the agent's socket [E16]: Envoy asks, and no caller gets
// a word. After the answer the same listener serves, and demands an identity.
func TestAListenerServesOnceItsSecretIsThere(t *testing.T) {
	store, asked := secrets.NewStore(), make(chan struct{}, 100)
	socket := filepath.Join(t.TempDir(), "agent.sock")
	serveSecrets(t, socket, &secretService{Server: secrets.Server{Store: store, Log: slog.New(slog.DiscardHandler)}, asked: asked})
	address := freeAddress(t)
	startEnvoy(t, guarded(t, address, socket))
	now := time.Now()
	authority := newAuthority(t, now)
	caller := certificate(t, issue(t, authority, "caller", now))

	for range 2 { // the identity and the roots
		await(t, "a request for a secret", asked)
	}
	// At first the listener has no port. When Envoy has waited long enough it opens one, and hangs up on everybody.
	untilConnected(t, address, func() {
		if err := talk(address, caller); err == nil {
			t.Fatal("an answer of a listener without a certificate")
		}
	})
	called := issue(t, authority, "called", now)
	if err := store.Set(called, authority.Roots()); err != nil {
		t.Fatal(err)
	}
	until(t, "answer after the secret has come", func() bool { return talk(address, caller) == nil })
	if err := talk(address, nil); err == nil {
		t.Error("an answer to a caller without an identity")
	}
}

// secretService tells when it is asked.
type secretService struct {
	secrets.Server
	asked chan<- struct{}
}

func (s *secretService) DeltaSecrets(stream secretv3.SecretDiscoveryService_DeltaSecretsServer) error {
	s.asked <- struct{}{}
	return s.Server.DeltaSecrets(stream)
}

func serveSecrets(t *testing.T, path string, service secretv3.SecretDiscoveryServiceServer) {
	t.Helper()
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	secretv3.RegisterSecretDiscoveryServiceServer(server, service)
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	t.Cleanup(func() { server.Stop(); <-done })
}

// guarded is a sidecar's own bootstrap with one listener, and without an operator.
func guarded(t *testing.T, address *net.TCPAddr, socket string) []byte {
	t.Helper()
	text, err := bootstrap.Build(bootstrap.Input{Namespace: "shop", Pod: "called", Workload: "called", Socket: socket})
	if err != nil {
		t.Fatal(err)
	}
	var b bootstrapv3.Bootstrap
	if err := protojson.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	b.Admin.Address = socketAddress(adminOf(address))
	b.DynamicResources = nil
	b.StaticResources.Listeners = append(b.StaticResources.Listeners, echoing(t, address))
	if text, err = protojson.Marshal(&b); err != nil {
		t.Fatal(err)
	}
	return text
}

func startEnvoy(t *testing.T, config []byte) {
	t.Helper()
	start(t, binary(t), "--disable-hot-restart", "--concurrency", "1", "-l", "warning", "-c", write(t, config))
}

func write(t *testing.T, config []byte) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "bootstrap.json")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
