package agent

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/weft-mesh/weft/internal/agent/probe"
)

// ready says why the sidecar cannot take traffic, or nothing.
func (r *run) ready(ctx context.Context) error {
	switch {
	case r.stopping.Load():
		return errors.New("the sidecar is stopping")
	case !r.ads.listening():
		return errors.New("envoy has not acknowledged its listeners")
	case !r.store.Acknowledged():
		return errors.New("envoy has not acknowledged its secrets")
	default:
		return r.admin.Live(ctx)
	}
}

func (r *run) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /live", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("GET /ready", func(w http.ResponseWriter, q *http.Request) {
		if err := r.ready(q.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})
	mux.Handle("GET /probe/", probe.Handler(r.config.Probes, r.config.ProbeHost))
	return mux
}

func serveHealth(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(listener); err != nil && ctx.Err() == nil {
		return fmt.Errorf("serve health: %w", err)
	}
	return nil
}
