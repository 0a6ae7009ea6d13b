package fleet

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"

	"github.com/weft-mesh/weft/internal/protocol/peerv1"
)

// again is the wait between two attempts to hear a peer.
const again = time.Second

// follow hears a peer, again and again, until the context ends.
func (g *Gather) follow(ctx context.Context, w *watch) {
	for said := ""; ctx.Err() == nil; {
		err := g.hear(ctx, w)
		g.take(w, nil)
		if ctx.Err() != nil {
			return
		}
		g.tell(w, err, &said)
		timer := time.NewTimer(again)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
}

// tell logs why a replica is not heard, once for each reason.
func (g *Gather) tell(w *watch, err error, said *string) {
	if *said == err.Error() {
		return
	}
	*said = err.Error()
	g.log.Warn("replica not heard, nothing is decided until it is", "replica", w.peer.Name, "address", w.peer.Address, "error", err)
}

// hear keeps what the peer says until it stops saying it.
func (g *Gather) hear(ctx context.Context, w *watch) error {
	conn, err := grpc.NewClient("passthrough:///"+w.peer.Address,
		grpc.WithTransportCredentials(credentials.NewTLS(g.config)),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: backoff.Config{BaseDelay: again, Multiplier: 1, MaxDelay: again}, MinConnectTimeout: pingTimeout}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: pingAfter, Timeout: pingTimeout}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxView)),
		grpc.WithNoProxy(), grpc.WithDisableServiceConfig(),
	)
	if err != nil {
		return fmt.Errorf("prepare the connection: %w", err)
	}
	defer func() { _ = conn.Close() }()
	stream, err := peerv1.NewPeerClient(conn).Watch(ctx, &peerv1.WatchRequest{Replica: g.local.replica})
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	for {
		view, err := stream.Recv()
		if err != nil {
			return fmt.Errorf("receive the view: %w", err)
		}
		if view.Replica != w.peer.Name { // the address has gone to another pod
			return fmt.Errorf("the replica at this address is %q", view.Replica)
		}
		g.take(w, view)
	}
}
