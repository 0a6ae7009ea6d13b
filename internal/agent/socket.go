package agent

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"

	accesslogsv3 "github.com/envoyproxy/go-control-plane/envoy/service/accesslog/v3"
	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	secretv3 "github.com/envoyproxy/go-control-plane/envoy/service/secret/v3"
	"google.golang.org/grpc"

	"github.com/weft-mesh/weft/internal/agent/accesslog"
	"github.com/weft-mesh/weft/internal/agent/secrets"
)

// maxRequest is more than any request of Envoy: the names and versions of all that it has.
const maxRequest = 64 << 20

// listenSocket opens the agent's socket. Whoever may write to it gets the pod's key, so only our own user may.
func listenSocket(path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove the socket of an earlier agent: %w", err)
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("open the agent's socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		listener.Close()
		return nil, fmt.Errorf("close the agent's socket to others: %w", err)
	}
	return listener, nil
}

// serveSocket serves Envoy until the context ends.
func serveSocket(ctx context.Context, listener net.Listener, a *ads, s *secrets.Server, log *accesslog.Server) error {
	server := grpc.NewServer(grpc.MaxRecvMsgSize(maxRequest))
	discoveryv3.RegisterAggregatedDiscoveryServiceServer(server, a)
	secretv3.RegisterSecretDiscoveryServiceServer(server, s)
	accesslogsv3.RegisterAccessLogServiceServer(server, log)
	stop := context.AfterFunc(ctx, server.Stop)
	defer stop()
	if err := server.Serve(listener); err != nil && ctx.Err() == nil {
		return fmt.Errorf("serve envoy: %w", err)
	}
	return nil
}
