package envoy

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/weft-mesh/weft/internal/agent/envoy"
	"github.com/weft-mesh/weft/internal/agent/secrets"
)

// inboundPort is the port of a sidecar's inbound listener: by it envoy.Admin knows what is inbound.
const inboundPort = 15006

// TestADrainCutsNothing drains an Envoy that runs as beside an agent. What is open goes on and is counted until it ends,
// and new callers are served.
func TestADrainCutsNothing(t *testing.T) {
	store, socket := secrets.NewStore(), filepath.Join(t.TempDir(), "agent.sock")
	serveSecrets(t, socket, &secrets.Server{Store: store, Log: slog.New(slog.DiscardHandler)})
	now := time.Now()
	authority := newAuthority(t, now)
	caller := certificate(t, issue(t, authority, "caller", now))
	if err := store.Set(issue(t, authority, "called", now), authority.Roots()); err != nil {
		t.Fatal(err)
	}
	address := &net.TCPAddr{IP: net.IPv4(127, 0, byte(1+rand.IntN(255)), byte(rand.Int())), Port: inboundPort}
	stop := keepEnvoy(t, guarded(t, address, socket))
	until(t, "answer", func() bool { return talk(address, caller) == nil })
	open, err := call(address, caller)
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()

	admin := &envoy.Admin{URL: "http://" + adminOf(address).String()}
	if err := admin.Live(t.Context()); err != nil {
		t.Error(err)
	}
	if err := admin.DrainInbound(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := exchange(open); err != nil {
		t.Errorf("the open connection: %v", err)
	}
	if err := talk(address, caller); err != nil {
		t.Errorf("a new connection: %v", err)
	}
	counted := func(open uint64) func() bool {
		return func() bool {
			now, err := admin.Inbound(t.Context())
			return err == nil && now.Open == open && now.Total > 0
		}
	}
	until(t, "count of the open connection", counted(1))
	open.Close()
	until(t, "count without open connections", counted(0))
	if err := stop(); err != nil {
		t.Error(err)
	}
	if err := admin.Live(t.Context()); err == nil {
		t.Error("Envoy is there after its end")
	}
}

// keepEnvoy runs Envoy as an agent does.
func keepEnvoy(t *testing.T, config []byte) (stop func() error) {
	t.Helper()
	process := &envoy.Process{Path: binary(t), Bootstrap: write(t, config), Log: slog.New(slog.DiscardHandler)}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	var err error
	go func() { defer close(ended); err = process.Run(ctx) }()
	stop = func() error { cancel(); <-ended; return err }
	t.Cleanup(func() { _ = stop() })
	return stop
}
