package agent

import (
	"context"
	"time"

	"github.com/weft-mesh/weft/internal/agent/envoy"
)

// lookEvery is how often connections are counted during a drain.
const lookEvery = 100 * time.Millisecond

// quietLooks in a row without an open or a new connection end a drain. One is not enough: callers close a connection
// that drains and open the next.
const quietLooks = 5

// drain lets inbound connections end in peace: until none is open and none came for a while, the time is over, or Envoy
// does not answer.
func (r *run) drain(ctx context.Context, reason string) {
	r.config.Log.Info("draining inbound connections", "reason", reason, "longest", r.config.Drain.String())
	ctx, cancel := context.WithTimeout(ctx, r.config.Drain)
	defer cancel()
	if err := r.admin.DrainInbound(ctx); err != nil {
		r.config.Log.Warn("no drain", "error", err)
		return
	}
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	var last envoy.Connections
	for quiet := 0; quiet < quietLooks; {
		now, err := r.admin.Inbound(ctx)
		if err != nil {
			r.config.Log.Warn("drain ended", "open", last.Open, "error", err)
			return
		}
		if quiet++; now.Open > 0 || now.Total != last.Total {
			quiet = 0
		}
		last = now
		select {
		case <-ticker.C:
		case <-ctx.Done():
			r.config.Log.Warn("drain ended by time", "open", last.Open)
			return
		}
	}
}

// drainOnRequest begins a drain that leaves Envoy running.
func (r *run) drainOnRequest(ctx context.Context) func(string) {
	return func(reason string) {
		r.config.Log.Info("draining inbound connections at the operator's request", "reason", reason)
		if err := r.admin.DrainInbound(ctx); err != nil {
			r.config.Log.Warn("no drain", "error", err)
		}
	}
}
