package envoy

import (
	"encoding/base64"
	"log/slog"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	accesslogs "github.com/envoyproxy/go-control-plane/envoy/service/accesslog/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	secretv3 "github.com/envoyproxy/go-control-plane/envoy/service/secret/v3"
	"github.com/go-logr/logr"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/weft-mesh/weft/internal/agent/accesslog"
	"github.com/weft-mesh/weft/internal/agent/bootstrap"
	admin "github.com/weft-mesh/weft/internal/agent/envoy"
	"github.com/weft-mesh/weft/internal/agent/secrets"
	"github.com/weft-mesh/weft/internal/cli/dump"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/translate/xds"
	"github.com/weft-mesh/weft/internal/xdsserver"
)

var reviews = model.Key{Namespace: "shop", Name: "reviews"}

// TestDump gives an Envoy the set of a golden input and an identity. Its dump has all of the set, in the versions that were
// sent, and not the key.
func TestDump(t *testing.T) {
	world := worldOf(t, "../../internal/translate/xds/testdata/request-path.in.yaml")
	set, now := world.Sets[reviews], time.Now()
	authority := newAuthority(t, now)
	id, store := issue(t, authority, "reviews", now), secrets.NewStore()
	if err := store.Set(id, authority.Roots()); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(t.TempDir(), "agent.sock")
	server := xdsserver.New(logr.Discard())
	server.Publish(world)
	serveSidecar(t, socket, sidecar{server: server, store: store, workload: reviews})
	address := freeAddress(t)
	startEnvoy(t, administered(t, socket, address))
	until(t, "acknowledgement of the set", func() bool {
		reports := server.Reports()
		return len(reports) == 1 && reports[0].Report.UpToDate
	})

	var text strings.Builder
	if err := (&admin.Admin{URL: "http://" + address.String()}).ConfigDump(t.Context(), &text); err != nil {
		t.Fatal(err)
	}
	key, err := id.KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	encoded := base64.StdEncoding.EncodeToString
	if !strings.Contains(text.String(), encoded(id.ChainPEM())) {
		t.Error("the certificate is not in the dump, so the key can't be looked for")
	}
	if strings.Contains(text.String(), encoded(key)) || !strings.Contains(text.String(), encoded([]byte("[redacted]"))) {
		t.Error("the private key is in the dump")
	}
	all, err := dump.Parse([]byte(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	find := func(r *xds.Resource) dump.Resource {
		t.Helper()
		found := dump.Select(all, typeOf[r.TypeURL], r.Name)
		if len(found) != 1 || found[0].State != dump.Active {
			t.Fatalf("the dump has %s %s %d times, want it once and active", r.TypeURL, r.Name, len(found))
		}
		return found[0]
	}
	for _, r := range set.All() {
		if got := find(r); got.Version != r.Version || got.Updated.Before(now) {
			t.Errorf("%s %s is sent in version %s; the dump has %s of %s", r.TypeURL, r.Name, r.Version, got.Version, got.Updated)
		}
	}
	for _, r := range world.Endpoints { // Envoy keeps no version of these
		find(r)
	}
	for _, r := range all {
		if strings.Contains(string(r.Config), encoded(id.ChainPEM())) {
			t.Errorf("the certificate is in %s %s", r.Type, r.Name)
		}
	}
}

var typeOf = map[string]dump.Type{
	xds.ClusterType: dump.Clusters, xds.EndpointType: dump.Endpoints, xds.ListenerType: dump.Listeners,
	xds.FilterType: dump.Filters, xds.RouteType: dump.Routes,
}

// worldOf is what the proxies of golden inputs get. Each listener has an address of its own on loopback.
func worldOf(t *testing.T, files ...string) xdsserver.World {
	t.Helper()
	world := xdsserver.World{Sets: map[model.Key]*xds.Set{}, Endpoints: map[string]*xds.Resource{}}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s, err := modeltest.Load(text)
		if err != nil {
			t.Fatal(err)
		}
		m := model.Build(s)
		maps.Copy(world.Sets, xds.Build(m))
		maps.Copy(world.Endpoints, xds.Endpoints(model.BuildEndpoints(s, m)))
	}
	listeners := byte(1)
	for _, set := range world.Sets {
		for id, r := range set.All() {
			if id.TypeURL == xds.ListenerType {
				address := freeAddress(t)
				address.IP = net.IPv4(127, 2, 0, listeners)
				move(t, r.Body, address)
				listeners++
			}
		}
	}
	return world
}

func move(t *testing.T, body *anypb.Any, address *net.TCPAddr) {
	t.Helper()
	l := &listener.Listener{}
	if err := body.UnmarshalTo(l); err != nil {
		t.Fatal(err)
	}
	l.Address = socketAddress(address)
	if err := body.MarshalFrom(l); err != nil {
		t.Fatal(err)
	}
}

// sidecar is what an Envoy finds on its agent's socket.
type sidecar struct {
	discovery.UnimplementedAggregatedDiscoveryServiceServer
	server   *xdsserver.Server
	store    *secrets.Store
	workload model.Key
	place    model.Place
	outcomes *accesslog.Counters // nil: the access log is not served
}

func (s sidecar) DeltaAggregatedResources(stream discovery.AggregatedDiscoveryService_DeltaAggregatedResourcesServer) error {
	return s.server.Serve(xdsserver.Proxy{Pod: s.workload, UID: s.workload.Name, Workload: s.workload, Place: s.place}, stream)
}

func serveSidecar(t *testing.T, path string, s sidecar) {
	t.Helper()
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	discovery.RegisterAggregatedDiscoveryServiceServer(server, s)
	secretv3.RegisterSecretDiscoveryServiceServer(server, &secrets.Server{Store: s.store, Log: slog.New(slog.DiscardHandler)})
	if s.outcomes != nil {
		accesslogs.RegisterAccessLogServiceServer(server, &accesslog.Server{Counters: s.outcomes})
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	t.Cleanup(func() { server.Stop(); <-done })
}

// administered is a sidecar's own bootstrap with its administration elsewhere.
func administered(t *testing.T, socket string, address *net.TCPAddr) []byte {
	t.Helper()
	text, err := bootstrap.Build(bootstrap.Input{Namespace: "shop", Pod: "reviews", Workload: "reviews", Socket: socket})
	if err != nil {
		t.Fatal(err)
	}
	var b bootstrapv3.Bootstrap
	if err := protojson.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	b.Admin.Address = socketAddress(address)
	if text, err = protojson.Marshal(&b); err != nil {
		t.Fatal(err)
	}
	return text
}
