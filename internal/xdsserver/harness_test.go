package xdsserver

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/go-logr/logr"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/test/bufconn"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

var cart = model.Key{Namespace: "shop", Name: "cart"}

// site is a server behind a real gRPC connection in memory. The pod of a stream is in its metadata, and its workload if
// that is not cart.
type site struct {
	discovery.UnimplementedAggregatedDiscoveryServiceServer
	*Server
	conn    *grpc.ClientConn
	changed chan struct{}
}

func (s *site) DeltaAggregatedResources(stream discovery.AggregatedDiscoveryService_DeltaAggregatedResourcesServer) error {
	return s.Serve(proxyOf(stream.Context()), stream)
}

func (s *site) StreamAggregatedResources(stream discovery.AggregatedDiscoveryService_StreamAggregatedResourcesServer) error {
	return s.ServeWhole(proxyOf(stream.Context()), stream)
}

func proxyOf(ctx context.Context) Proxy {
	md, _ := metadata.FromIncomingContext(ctx)
	uid, workload := md.Get("pod")[0], cart
	if names := md.Get("workload"); len(names) > 0 {
		workload = model.Key{Namespace: "shop", Name: names[0]}
	}
	return Proxy{Pod: model.Key{Namespace: "shop", Name: uid}, UID: uid, Workload: workload}
}

func newSite(t testing.TB) *site {
	t.Helper()
	s := unconnected()
	s.conn = connect(t, s)
	return s
}

func unconnected() *site {
	s := &site{Server: New(logr.Discard()), changed: make(chan struct{}, 1)}
	s.OnChange(func() {
		select {
		case s.changed <- struct{}{}:
		default:
		}
	})
	return s
}

// connect serves until the test ends and returns the way in.
func connect(t testing.TB, service discovery.AggregatedDiscoveryServiceServer) *grpc.ClientConn {
	t.Helper()
	wire := bufconn.Listen(1 << 20)
	server := grpc.NewServer()
	discovery.RegisterAggregatedDiscoveryServiceServer(server, service)
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(wire) })
	conn, err := grpc.NewClient("passthrough:///weft", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return wire.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(); server.Stop(); serving.Wait() })
	return conn
}

// await waits until the reports satisfy the condition.
func (s *site) await(t testing.TB, what string, ok func([]ProxyReport) bool) {
	t.Helper()
	for !ok(s.Reports()) {
		select {
		case <-s.changed:
		case <-t.Context().Done():
			t.Fatal("test ended before", what)
		}
	}
}

func (s *site) publish(p plan, variant int) *xds.Set {
	set := p.set()
	s.Publish(World{Sets: map[model.Key]*xds.Set{cart: set}, Endpoints: endpointsFor(variant, sortedKeys(p.clusters)...)})
	return set
}

// client is a delta client whose every step the test decides.
type client struct {
	t      *testing.T
	stream grpc.BidiStreamingClient[discovery.DeltaDiscoveryRequest, discovery.DeltaDiscoveryResponse]
	probes int
	leave  func()
}

func (s *site) dial(t *testing.T, pod string, workload ...string) *client {
	t.Helper()
	ctx, cancel := context.WithCancel(metadata.AppendToOutgoingContext(t.Context(), "pod", pod))
	for _, name := range workload {
		ctx = metadata.AppendToOutgoingContext(ctx, "workload", name)
	}
	stream, err := discovery.NewAggregatedDiscoveryServiceClient(s.conn).DeltaAggregatedResources(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cancel)
	return &client{t: t, stream: stream, leave: cancel}
}

func (c *client) send(r *discovery.DeltaDiscoveryRequest) {
	c.t.Helper()
	if err := c.stream.Send(r); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) subscribe(url string, names ...string) {
	c.t.Helper()
	c.send(&discovery.DeltaDiscoveryRequest{TypeUrl: url, ResourceNamesSubscribe: names})
}

// next receives a response and requires its type and, in short, its content: +NAME for a resource, -NAME for a removal.
func (c *client) next(url string, content ...string) *discovery.DeltaDiscoveryResponse {
	c.t.Helper()
	r := c.receive()
	if got, want := brief(r), fmt.Sprint(url, content); got != want {
		c.t.Fatalf("got %s, want %s", got, want)
	}
	return r
}

func (c *client) receive() *discovery.DeltaDiscoveryResponse {
	c.t.Helper()
	r, err := c.stream.Recv()
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

func (c *client) ack(r *discovery.DeltaDiscoveryResponse) {
	c.t.Helper()
	c.send(&discovery.DeltaDiscoveryRequest{TypeUrl: r.GetTypeUrl(), ResponseNonce: r.GetNonce()})
}

func (c *client) nack(r *discovery.DeltaDiscoveryResponse, message string) {
	c.t.Helper()
	c.send(&discovery.DeltaDiscoveryRequest{TypeUrl: r.GetTypeUrl(), ResponseNonce: r.GetNonce(), ErrorDetail: &rpc.Status{Message: message}})
}

// take receives and acknowledges.
func (c *client) take(url string, content ...string) {
	c.t.Helper()
	c.ack(c.next(url, content...))
}

// quiet requires that nothing was on its way: a question that is answered at once is answered first.
func (c *client) quiet() {
	c.t.Helper()
	c.probes++
	name := fmt.Sprint("probe", c.probes)
	c.subscribe(xds.EndpointType, name)
	c.take(xds.EndpointType, "-"+name)
}

func brief(r *discovery.DeltaDiscoveryResponse) string {
	content := []string{}
	for _, item := range r.GetResources() {
		content = append(content, "+"+item.GetName())
	}
	for _, name := range r.GetRemovedResources() {
		content = append(content, "-"+name)
	}
	return fmt.Sprint(r.GetTypeUrl(), content)
}
