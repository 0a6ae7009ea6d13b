package load

import (
	"context"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/weft-mesh/weft/examples/bookstore/ratings"
	"github.com/weft-mesh/weft/examples/bookstore/serve"
)

// The whole load, with both conversations, against the whole bookstore.
func TestRun(t *testing.T) {
	d := serve.NewDrain()
	streams, sessions := listen(t), listen(t)
	go serve.GRPC(streams, ratings.Stream(d, "")).Serve()
	go ratings.Lines(sessions, d, "").Serve()
	server := httptest.NewServer(bookstore(t, ""))
	defer server.Close()

	var out strings.Builder
	got, err := Run(t.Context(), Config{
		Target: server.URL, Stream: streams.Addr().String(), Session: sessions.Addr().String(), Listen: "127.0.0.1:0",
		Rate: 200, Max: 120, Timeout: time.Minute, Pace: time.Millisecond, Report: time.Hour,
	}, &out)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Clean() || got.Sent != 120 || got.Succeeded != 120 {
		t.Errorf("%s", got)
	}
}

func TestBothConversationsReachTheirServers(t *testing.T) {
	d := serve.NewDrain()
	streams, sessions := listen(t), listen(t)
	go serve.GRPC(streams, ratings.Stream(d, "")).Serve()
	go ratings.Lines(sessions, d, "").Serve()
	for name, open := range map[string]func(context.Context) (line, error){
		"stream":  openStream(streams.Addr().String(), time.Minute),
		"session": openSession(sessions.Addr().String(), time.Minute),
	} {
		ctx, end := context.WithCancel(t.Context())
		var got Conversation
		count := func(change func(*Conversation)) {
			if change(&got); got.Messages == 3 || got.Failed > 0 {
				end()
			}
		}
		conversation{open, time.Millisecond, count}.run(ctx)
		if got.Messages != 3 || got.Failed > 0 {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestARateOfZeroIsRefused(t *testing.T) {
	if _, err := Run(t.Context(), Config{}, nil); err == nil {
		t.Error("no error")
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}
