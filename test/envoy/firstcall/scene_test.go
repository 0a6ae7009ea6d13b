package firstcall

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	secretv3 "github.com/envoyproxy/go-control-plane/envoy/service/secret/v3"
	"github.com/go-logr/logr"
	"google.golang.org/grpc"

	"github.com/weft-mesh/weft/internal/agent/bootstrap"
	"github.com/weft-mesh/weft/internal/agent/identity"
	"github.com/weft-mesh/weft/internal/agent/secrets"
	"github.com/weft-mesh/weft/internal/ca"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/redirect"
	"github.com/weft-mesh/weft/internal/snapshot"
	"github.com/weft-mesh/weft/internal/translate/xds"
	"github.com/weft-mesh/weft/internal/xdsserver"
	"github.com/weft-mesh/weft/test/netns"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

const trustDomain = "cluster.local"

// scene is two pods with their sidecars, a host without one, and the operator.
type scene struct {
	server    *xdsserver.Server
	builder   xds.Builder
	authority *ca.Authority
	network   *network
	caller    *netns.Namespace
	outside   *netns.Namespace // has the address of a Service that is not in the mesh, and those that no Service has
	folder    string
	// away ends the streams of a workload and takes no new ones, until back.
	away, back map[model.Key]func()
}

// newScene returns when both Envoys have all that they get beforehand.
func newScene(t *testing.T, s snapshot.Snapshot) *scene {
	t.Helper()
	return newSceneWith(t, s, true, func(x *scene) xdsserver.World { return worldOf(t, &x.builder, s) })
}

// newSceneWith begins with another world, or without the rule for first calls.
func newSceneWith(t *testing.T, s snapshot.Snapshot, firstCalls bool, world func(*scene) xdsserver.World) *scene {
	t.Helper()
	data, _, err := ca.Next(nil, trustDomain, time.Hour, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	out := &scene{
		server: xdsserver.New(logr.Discard()), network: &network{hosts: map[netip.Addr]*netns.Namespace{}},
		away: map[model.Key]func(){}, back: map[model.Key]func(){},
	}
	if out.authority, err = ca.Load(data); err != nil {
		t.Fatal(err)
	}
	if out.folder, err = os.MkdirTemp("", "weft-first-"); err != nil { // a socket's path must be short, and Envoy's user enter
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(out.folder) })
	if err := os.Chmod(out.folder, 0o755); err != nil {
		t.Fatal(err)
	}
	out.server.Publish(world(out))
	out.caller = out.network.host(t, callerIP)
	called := out.network.host(t, stockIP)
	out.outside = out.network.host(t, plainIP, unknownIP, webIP, farIP)
	for key, host := range map[model.Key]*netns.Namespace{caller: out.caller, stock: called} {
		redirected(t, host, firstCalls)
		out.sidecar(t, key, host)
	}
	serve(t, called)
	out.settled(t)
	return out
}

// settled waits until both Envoys have all that they get.
func (s *scene) settled(t *testing.T) {
	t.Helper()
	until(t, "acknowledgement of both sets", func() bool {
		reports := s.server.Reports()
		return len(reports) == 2 && reports[0].Report.UpToDate && reports[1].Report.UpToDate
	})
}

// statistic is a counter or gauge of the caller's Envoy.
func (s *scene) statistic(t *testing.T, name string) string {
	t.Helper()
	text := s.admin(t, "/stats?filter=^"+name+"$")
	_, value, found := strings.Cut(strings.TrimSpace(text), ": ")
	if !found {
		t.Fatalf("Envoy has no statistic %s: %q", name, text)
	}
	return value
}

// sidecar starts an Envoy with the user that the redirection knows, and the socket of its agent.
func (s *scene) sidecar(t *testing.T, key model.Key, host *netns.Namespace) {
	t.Helper()
	store, socket := secrets.NewStore(), filepath.Join(s.folder, key.Name+".sock")
	if err := store.Set(s.issue(t, key), s.authority.Roots()); err != nil {
		t.Fatal(err)
	}
	serveSocket := func() { s.serveSocket(t, key, socket, store) }
	serveSocket()
	s.back[key] = serveSocket
	text, err := bootstrap.Build(bootstrap.Input{Namespace: key.Namespace, Pod: key.Name, Workload: key.Name, Socket: socket})
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(s.folder, key.Name+".json")
	if err := os.WriteFile(config, text, 0o644); err != nil {
		t.Fatal(err)
	}
	s.startEnvoy(t, host, config)
}

// serveSocket is what an Envoy finds on its agent's socket, until the test ends or it goes away.
func (s *scene) serveSocket(t *testing.T, key model.Key, socket string, store *secrets.Store) {
	t.Helper()
	l, err := net.Listen("unix", socket)
	if err == nil {
		err = os.Chmod(socket, 0o777)
	}
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	discovery.RegisterAggregatedDiscoveryServiceServer(server, operator{server: s.server, workload: key})
	secretv3.RegisterSecretDiscoveryServiceServer(server, &secrets.Server{Store: store, Log: slog.New(slog.DiscardHandler)})
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	s.away[key] = func() { server.Stop(); <-done }
	t.Cleanup(s.away[key])
}

func (s *scene) startEnvoy(t *testing.T, host *netns.Namespace, config string) {
	t.Helper()
	said := &bytes.Buffer{}
	cmd := exec.Command(s.binary(t), "--disable-hot-restart", "--concurrency", "2", "-l", "warning", "--drain-time-s", "1", "-c", config)
	cmd.Stdout, cmd.Stderr = said, said
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: redirect.ProxyUID, Gid: redirect.ProxyUID}}
	var err error
	host.Do(func() { err = cmd.Start() })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(said.String())
		}
	})
}

// binary is a copy that Envoy's user may read.
func (s *scene) binary(t *testing.T) string {
	t.Helper()
	path, own := os.Getenv("ENVOY"), filepath.Join(s.folder, "envoy")
	if path == "" {
		t.Fatal("ENVOY is not set: it names the Envoy binary to test with")
	}
	if _, err := os.Stat(own); err == nil {
		return own
	}
	if os.Link(path, own) == nil {
		return own
	}
	body, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(own, body, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	return own
}

func (s *scene) issue(t *testing.T, key model.Key) *identity.Identity {
	t.Helper()
	private, err := identity.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	uri := model.Identity{Namespace: key.Namespace, Account: key.Name}.SPIFFE(trustDomain)
	chain, err := s.authority.Sign(private.Public(), uri, time.Hour, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	id, err := identity.Check(chain, private, s.authority.Roots(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// dial opens a connection as the calling application does: Envoy is told of it by the redirection only.
func (s *scene) dial(ctx context.Context, address string) (conn net.Conn, err error) {
	s.caller.Do(func() { conn, err = (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp", address) })
	return conn, err
}

// admin asks the Envoy of the caller. Loopback is left alone by the redirection.
func (s *scene) admin(t *testing.T, path string) string {
	t.Helper()
	text, err := get(s.dial, "http://127.0.0.1:15000"+path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// operator serves one workload.
type operator struct {
	discovery.UnimplementedAggregatedDiscoveryServiceServer
	server   *xdsserver.Server
	workload model.Key
}

func (o operator) DeltaAggregatedResources(stream discovery.AggregatedDiscoveryService_DeltaAggregatedResourcesServer) error {
	return o.server.Serve(xdsserver.Proxy{Pod: o.workload, UID: o.workload.Name, Workload: o.workload}, stream)
}

// until asks again and again whether something holds.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline, tick := time.After(patience), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("no %s within %s", what, patience)
		}
	}
}

// knows says that the caller's Envoy has something with a name.
func (s *scene) knows(t *testing.T, name string) bool {
	t.Helper()
	return strings.Contains(s.admin(t, "/clusters"), name+"::")
}
