package network

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
)

// TestProxyCutsTheConnection reads 100,000 bytes through a proxy that lets 4,096 pass.
func TestProxyCutsTheConnection(t *testing.T) {
	upstream := serve(t, strings.Repeat("x", 100_000))
	for name, tc := range map[string]struct {
		cutAfter int64
		want     int
	}{"whole": {0, 100_000}, "cut": {4096, 4096}} {
		t.Run(name, func(t *testing.T) {
			listen := free(t)
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan error)
			go func() { done <- Slow{Listen: listen, Upstream: upstream, CutAfter: tc.cutAfter}.Serve(ctx) }()
			got, _ := io.ReadAll(dial(t, listen))
			if len(got) != tc.want {
				t.Errorf("read %d bytes, want %d", len(got), tc.want)
			}
			stop()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

func serve(t *testing.T, content string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, content)
			c.Close()
		}
	}()
	return l.Addr().String()
}

func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// dial tries until the proxy listens; the test's own deadline ends it.
func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	for t.Context().Err() == nil {
		if c, err := net.Dial("tcp", address); err == nil {
			t.Cleanup(func() { c.Close() })
			return c
		}
	}
	t.Fatal("the proxy never listened")
	return nil
}
