package agentserver

import (
	"context"
	"crypto"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"time"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"

	"github.com/weft-mesh/weft/internal/ca"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/protocol/agentv1"
	"github.com/weft-mesh/weft/internal/token"
)

const (
	// maxMessage bounds what an agent may send at once: the names and versions of all that its Envoy has.
	maxMessage = 8 << 20
	// pingAfter and pingTimeout find out that an agent has vanished.
	pingAfter   = 15 * time.Second
	pingTimeout = 10 * time.Second
	// pingGap is how often agents may ask the same.
	pingGap = 4 * time.Second
)

// Tokens verifies a token. It is token.Verifier.
type Tokens interface {
	Verify(ctx context.Context, raw string) (token.Claims, error)
}

// Authority signs for a path of the trust domain. It is ca.Live.
type Authority interface {
	Sign(ctx context.Context, public crypto.PublicKey, path string, lifetime time.Duration) ([][]byte, *ca.Authority, error)
	Authority() (*ca.Authority, <-chan struct{})
}

// Proxy is an authenticated caller of ADS.
type Proxy struct {
	Pod      model.Key
	UID      string
	Workload model.Key
	Place    model.Place
	NotAfter time.Time // of its token
}

// Stream is one of delta ADS.
type Stream = discovery.AggregatedDiscoveryService_DeltaAggregatedResourcesServer

// WholeStream is one of ADS with the state of the world.
type WholeStream = discovery.AggregatedDiscoveryService_StreamAggregatedResourcesServer

// Options are what a Server works with. All are needed but Changed and Counted.
type Options struct {
	Tokens    Tokens
	Pods      Pods
	Authority Authority
	// XDS and WholeXDS serve a stream of ADS. They return when its context ends, which it does when the pod is gone.
	XDS      func(Proxy, Stream) error
	WholeXDS func(Proxy, WholeStream) error
	// LeafLifetime is how long certificates are valid.
	LeafLifetime func() time.Duration
	// OperatorNamespace never gets certificates: with one of the operator's account, a pod could be the operator.
	OperatorNamespace string
	// Replica is the name of the operator's pod.
	Replica, Version string
	Clock            func() time.Time
	Log              *slog.Logger
	// Changed is called when a View has changed, but for its counters. Counted is called when these have.
	Changed, Counted func()
}

// Server serves agents. It is safe for concurrent use.
type Server struct {
	agentv1.UnimplementedAgentServer
	discovery.UnimplementedAggregatedDiscoveryServiceServer
	Options
	sessions sessions
	shares   shares
}

// New makes a server that serves nobody yet.
func New(o Options) *Server {
	if o.Changed == nil {
		o.Changed = func() {}
	}
	if o.Counted == nil {
		o.Counted = func() {}
	}
	return &Server{Options: o, sessions: newSessions(), shares: newShares()}
}

// Serve serves the listener until the context ends. Streams are cut then: agents go to another replica at once.
func (s *Server) Serve(ctx context.Context, listener net.Listener, config *tls.Config) error {
	server := grpc.NewServer(append(Buffers(),
		grpc.Creds(credentials.NewTLS(config)),
		grpc.UnaryInterceptor(s.unary), grpc.StreamInterceptor(s.stream),
		grpc.MaxRecvMsgSize(maxMessage),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: pingAfter, Timeout: pingTimeout}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: pingGap, PermitWithoutStream: true}),
	)...)
	agentv1.RegisterAgentServer(server, s)
	discovery.RegisterAggregatedDiscoveryServiceServer(server, s)
	defer context.AfterFunc(ctx, server.Stop)()
	if err := server.Serve(listener); err != nil && ctx.Err() == nil {
		return fmt.Errorf("serve agents: %w", err)
	}
	return nil
}

// Buffers are options of a gRPC server with thousands of connections that are at rest most of the time: what a proxy says
// is short. The buffer for what it is told is given back after each write by itself.
func Buffers() []grpc.ServerOption { return []grpc.ServerOption{grpc.ReadBufferSize(2 << 10)} }
