package serve

import (
	"context"
	"net"

	"google.golang.org/grpc"
)

type rpc struct {
	listener net.Listener
	server   *grpc.Server
}

func GRPC(l net.Listener, s *grpc.Server) Part { return rpc{l, s} }

func (p rpc) Serve() error { return p.server.Serve(p.listener) }

func (p rpc) Stop(ctx context.Context) error {
	stopped := make(chan struct{})
	go func() {
		p.server.GracefulStop()
		close(stopped)
	}()
	select {
	case <-stopped:
		return nil
	case <-ctx.Done():
		p.server.Stop()
		return ctx.Err()
	}
}
