package serve

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

type web struct {
	listener net.Listener
	server   http.Server
}

// HTTP serves h, and adds GET /healthz (alive) and GET /readyz (alive and not leaving).
func HTTP(l net.Listener, h http.Handler, d *Drain) Part {
	return &web{listener: l, server: http.Server{Handler: withHealth(h, d), ReadHeaderTimeout: 5 * time.Second}}
}

func withHealth(h http.Handler, d *Drain) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if d.Leaving() {
			http.Error(w, "leaving", http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if d.Leaving() {
			w.Header().Set("Connection", "close")
		}
		h.ServeHTTP(w, r)
	})
	return mux
}

func (p *web) Serve() error {
	if err := p.server.Serve(p.listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (p *web) Stop(ctx context.Context) error { return p.server.Shutdown(ctx) }
