package fleet

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"

	"github.com/weft-mesh/weft/internal/protocol/peerv1"
)

const (
	// pingAfter and pingTimeout say how soon a peer that hangs, or is cut off, counts as silent.
	pingAfter   = 10 * time.Second
	pingTimeout = 5 * time.Second
	// maxView bounds the view of a replica with many thousand proxies.
	maxView = 512 << 20
)

// service serves the local view.
type service struct {
	peerv1.UnimplementedPeerServer
	local *Local
}

// Watch sends the view at once and when it has changed.
func (s service) Watch(_ *peerv1.WatchRequest, stream peerv1.Peer_WatchServer) error {
	return s.local.pulse.each(stream.Context(), func() error { return stream.Send(s.local.View()) })
}

// Serve serves peers until the context ends. The config must let in nobody but the operator: ca.Live.PeerTLS.
func (l *Local) Serve(ctx context.Context, listener net.Listener, config *tls.Config) error {
	server := grpc.NewServer(
		grpc.Creds(credentials.NewTLS(config)),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: pingAfter / 2, PermitWithoutStream: true}),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: pingAfter, Timeout: pingTimeout}),
	)
	peerv1.RegisterPeerServer(server, service{local: l})
	defer context.AfterFunc(ctx, server.Stop)()
	if err := server.Serve(listener); err != nil && ctx.Err() == nil {
		return fmt.Errorf("serve peers: %w", err)
	}
	return nil
}
