package agent

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/weft-mesh/weft/internal/agent/envoy"
)

// admin is an Envoy whose inbound connections go through the states, open and total, and stay at the last.
func admin(t *testing.T, states [][2]int) (*envoy.Admin, *int) {
	t.Helper()
	looks := new(int)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/stats") {
			return
		}
		s := states[min(*looks, len(states)-1)]
		*looks++
		fmt.Fprintf(w, "listener.0.0.0.0_15006.downstream_cx_active: %d\nlistener.0.0.0.0_15006.downstream_cx_total: %d\n", s[0], s[1])
	}))
	t.Cleanup(server.Close)
	return &envoy.Admin{URL: server.URL}, looks
}

func TestDrainWaitsForQuiet(t *testing.T) {
	cases := map[string]struct {
		reason string
		states [][2]int
		drain  time.Duration
		looks  int
	}{
		"idle":     {"without connections it ends soon", [][2]int{{0, 0}}, time.Minute, quietLooks},
		"one open": {"an open connection may end", [][2]int{{1, 9}, {1, 9}, {0, 9}}, time.Minute, 2 + quietLooks},
		"reopened": {"a connection that came and went between looks is no quiet", [][2]int{{0, 9}, {0, 9}, {0, 10}}, time.Minute, 3 + quietLooks},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			a, looks := admin(t, c.states)
			r := &run{config: Config{Drain: c.drain, Log: slog.New(slog.DiscardHandler)}, admin: a}
			r.drain(t.Context(), "test")
			if *looks != c.looks {
				t.Errorf("%s: ended after %d looks, want %d", c.reason, *looks, c.looks)
			}
		})
	}
}

func TestDrainEndsByTime(t *testing.T) {
	a, looks := admin(t, [][2]int{{1, 1}})
	r := &run{config: Config{Drain: 300 * time.Millisecond, Log: slog.New(slog.DiscardHandler)}, admin: a}
	r.drain(t.Context(), "test")
	if *looks == 0 {
		t.Error("ended without a look")
	}
}
