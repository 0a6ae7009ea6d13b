package load

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"
)

// handler shows the counts while the load runs.
func handler(c *counts) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /summary", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(c.summary(time.Now()))
	})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		writeMetrics(w, c.summary(time.Now()))
	})
	return mux
}

// writeMetrics writes the Prometheus text format.
func writeMetrics(w io.Writer, s Summary) {
	family := func(name, kind string) { fmt.Fprintf(w, "# TYPE %s %s\n", name, kind) }

	family("bookstore_load_sent_total", "counter")
	fmt.Fprintf(w, "bookstore_load_sent_total %d\n", s.Sent)
	family("bookstore_load_requests_total", "counter")
	for _, name := range slices.Sorted(maps.Keys(s.Versions)) {
		v := s.Versions[name]
		fmt.Fprintf(w, "bookstore_load_requests_total{version=%q,outcome=\"succeeded\"} %d\n", name, v.Succeeded)
		fmt.Fprintf(w, "bookstore_load_requests_total{version=%q,outcome=\"failed\"} %d\n", name, v.Failed)
	}
	family("bookstore_load_failures_total", "counter")
	for _, reason := range slices.Sorted(maps.Keys(s.Failures)) {
		fmt.Fprintf(w, "bookstore_load_failures_total{reason=%q} %d\n", reason, s.Failures[reason])
	}
	family("bookstore_load_latency_seconds", "gauge")
	fmt.Fprintf(w, "bookstore_load_latency_seconds{quantile=\"0.5\"} %g\n", s.P50/1000)
	fmt.Fprintf(w, "bookstore_load_latency_seconds{quantile=\"0.99\"} %g\n", s.P99/1000)
	conversation := func(name string, of func(Conversation) int) {
		family(name, "counter")
		fmt.Fprintf(w, "%s{kind=\"stream\"} %d\n", name, of(s.Stream))
		fmt.Fprintf(w, "%s{kind=\"session\"} %d\n", name, of(s.Session))
	}
	conversation("bookstore_load_messages_total", func(c Conversation) int { return c.Messages })
	conversation("bookstore_load_message_bytes_total", func(c Conversation) int { return c.Bytes })
	conversation("bookstore_load_moves_total", func(c Conversation) int { return c.Moved })
	conversation("bookstore_load_conversation_failures_total", func(c Conversation) int { return c.Failed })
}
