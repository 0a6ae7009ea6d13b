package envoy

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestInboundCountsTheInboundListenerOnly(t *testing.T) {
	text := "listener.0.0.0.0_15006.downstream_cx_active: 3\n" +
		"listener.0.0.0.0_15006.worker_0.downstream_cx_active: 3\n" +
		"listener.0.0.0.0_15006.downstream_cx_total: 30\n" +
		"listener.[__]_15006.downstream_cx_active: 2\n" +
		"listener.127.0.0.1_15001.downstream_cx_active: 40\n" +
		"listener.admin.downstream_cx_active: 1\n"
	if got, err := inbound(text); err != nil || got != (Connections{Open: 5, Total: 30}) {
		t.Errorf("inbound = %+v, %v; want 5 open of 30", got, err)
	}
	if got, err := inbound("listener.inbound.downstream_cx_active: 7\n"); err != nil || got.Open != 7 {
		t.Errorf("inbound of a named listener = %+v, %v; want 7 open", got, err)
	}
	if _, err := inbound("listener.0.0.0.0_15006.downstream_cx_active: many\n"); err == nil {
		t.Error("inbound of nonsense: no error")
	}
}

func TestAdmin(t *testing.T) {
	var asked []string
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.RequestURI())
		w.WriteHeader(status)
		fmt.Fprint(w, "answer")
	}))
	defer server.Close()
	a := &Admin{URL: server.URL}
	if err := a.Live(t.Context()); err != nil {
		t.Errorf("Live: %v", err)
	}
	if err := a.DrainInbound(t.Context()); err != nil {
		t.Errorf("DrainInbound: %v", err)
	}
	var dump strings.Builder
	if err := a.ConfigDump(t.Context(), &dump); err != nil || dump.String() != "answer" {
		t.Errorf("ConfigDump: %q, %v", dump.String(), err)
	}
	status = http.StatusServiceUnavailable
	if err := a.Live(t.Context()); err == nil {
		t.Error("Live of an Envoy that initialises: no error")
	}
	if err := a.ConfigDump(t.Context(), &dump); err == nil || !strings.Contains(err.Error(), "503: answer") || dump.String() != "answer" {
		t.Errorf("ConfigDump of an Envoy that refuses: %q, %v; want an error with its text, and no output", dump.String(), err)
	}
	if len(asked) != 5 || asked[2] != "GET /config_dump?include_eds" || asked[1] != "POST /drain_listeners?graceful&inboundonly" {
		t.Errorf("asked %q", asked)
	}
}

func TestProcessStartsAgainAndStops(t *testing.T) {
	directory := t.TempDir()
	marks := filepath.Join(directory, "marks")
	if err := syscall.Mkfifo(marks, 0o600); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(directory, "envoy")
	// The stand-in says that it runs. Its first life ends at once, the second waits for SIGTERM.
	text := "#!/bin/sh\nif [ ! -e " + directory + "/second ]; then touch " + directory + "/second; echo first > " + marks +
		"; exit 3; fi\ntrap 'echo stopped > " + marks + "; exit 0' TERM\necho second > " + marks + "\nwhile :; do sleep 0.05; done\n"
	if err := os.WriteFile(script, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	p := &Process{Path: script, Bootstrap: "none", Log: slog.New(slog.DiscardHandler)}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	for _, want := range []string{"first\n", "second\n"} {
		if got, err := os.ReadFile(marks); err != nil || string(got) != want {
			t.Fatalf("the process says %q, %v; want %q", got, err, want)
		}
	}
	cancel()
	if got, err := os.ReadFile(marks); err != nil || string(got) != "stopped\n" {
		t.Errorf("the process says %q, %v; want that it was asked to stop", got, err)
	}
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestIsZombieOf(t *testing.T) {
	for stat, want := range map[string]bool{
		"12 (sh) Z 1 12 12 0": true, "12 (a) b) Z 1 2": true,
		"12 (sh) S 1 12": false, "12 (sh) Z 7 12": false, "12 (sh)": false, "": false,
	} {
		if got := isZombieOf([]byte(stat), 1); got != want {
			t.Errorf("isZombieOf(%q) = %v, want %v", stat, got, want)
		}
	}
}
