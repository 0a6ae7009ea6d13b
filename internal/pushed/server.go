package pushed

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	otlp "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	_ "google.golang.org/grpc/encoding/gzip" // collectors compress
)

const (
	// longestRequest bounds a request, after it was unpacked.
	longestRequest = 4 << 20
	// mostConnections bounds how many pods are listened to at the same time, on one replica.
	mostConnections = 2000
)

// Serve takes metrics until the context ends.
func (s *Store) Serve(ctx context.Context, listener net.Listener) error {
	server := grpc.NewServer(
		grpc.MaxRecvMsgSize(longestRequest), grpc.MaxConcurrentStreams(8), grpc.ConnectionTimeout(10*time.Second),
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionIdle: 5 * time.Minute}),
	)
	server.RegisterService(&export, s)
	defer context.AfterFunc(ctx, server.Stop)()
	if err := server.Serve(newGuarded(listener, s.known)); err != nil && ctx.Err() == nil {
		return fmt.Errorf("serve OTLP: %w", err)
	}
	return nil
}

// export is OTLP's service of metrics. Its request has the fields of MetricsData, and the answer that all is well has none.
var export = grpc.ServiceDesc{
	ServiceName: "opentelemetry.proto.collector.metrics.v1.MetricsService",
	HandlerType: (*any)(nil),
	Methods: []grpc.MethodDesc{{
		MethodName: "Export",
		Handler: func(s any, ctx context.Context, read func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			in := &otlp.MetricsData{}
			if err := read(in); err != nil {
				return nil, err
			}
			return s.(*Store).export(ctx, in)
		},
	}},
}

func (s *Store) export(ctx context.Context, in *otlp.MetricsData) (*emptypb.Empty, error) {
	from, found := peer.FromContext(ctx)
	if !found || !s.Take(address(from.Addr), in.GetResourceMetrics()) {
		return nil, status.Error(codes.PermissionDenied, "this address is not that of one pod of the mesh, or the Mesh has no spec.otlp")
	}
	return &emptypb.Empty{}, nil
}

func (s *Store) known(from net.Addr) bool {
	_, known := s.Cluster.Sender(address(from))
	return known
}

// address is an IP address in one spelling; empty: there is none.
func address(of net.Addr) string {
	if of == nil {
		return ""
	}
	a, err := netip.ParseAddrPort(of.String())
	if err != nil {
		return ""
	}
	return a.Addr().Unmap().WithZone("").String()
}

// guarded closes connections of strangers before anything is read of them, and those that are too many.
type guarded struct {
	net.Listener
	known func(net.Addr) bool
	open  chan struct{}
}

func newGuarded(l net.Listener, known func(net.Addr) bool) guarded {
	return guarded{l, known, make(chan struct{}, mostConnections)}
}

// Accept returns the next connection of somebody who is known.
func (g guarded) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if g.known(c.RemoteAddr()) {
			select {
			case g.open <- struct{}{}:
				return &held{Conn: c, open: g.open}, nil
			default:
			}
		}
		_ = c.Close()
	}
}
