package network

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// Slow describes a TCP proxy that makes connections worse. Zero values change nothing.
type Slow struct {
	Listen, Upstream string
	Latency          time.Duration // added to each chunk towards the client
	Rate             int64         // KB per second towards the client
	CutAfter         int64         // bytes towards the client, after which the connection is closed
}

// Serve runs the proxy until ctx ends.
func (s Slow) Serve(ctx context.Context) error {
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	proxy := toxiproxy.NewProxy(server, "slow", s.Listen, s.Upstream)
	if err := server.Collection.Add(proxy, true); err != nil {
		return fmt.Errorf("listen on %s: %w", s.Listen, err)
	}
	defer proxy.Stop()
	for _, toxic := range s.toxics() {
		body, err := json.Marshal(toxic)
		if err != nil {
			return err
		}
		if _, err := proxy.Toxics.AddToxicJson(bytes.NewReader(body)); err != nil {
			return fmt.Errorf("add %v: %w", toxic["type"], err)
		}
	}
	<-ctx.Done()
	return nil
}

// toxics are the faults as toxiproxy's HTTP API names them.
func (s Slow) toxics() []map[string]any {
	var all []map[string]any
	add := func(kind string, attributes map[string]int64) {
		all = append(all, map[string]any{"type": kind, "stream": "downstream", "toxicity": 1, "attributes": attributes})
	}
	if s.Latency > 0 {
		add("latency", map[string]int64{"latency": s.Latency.Milliseconds()})
	}
	if s.Rate > 0 {
		add("bandwidth", map[string]int64{"rate": s.Rate})
	}
	if s.CutAfter > 0 {
		add("limit_data", map[string]int64{"bytes": s.CutAfter})
	}
	return all
}
