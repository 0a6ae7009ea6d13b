package pushed

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	otlp "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/protobuf/types/known/emptypb"
)

// at lets addresses of the machine be pods.
type at struct {
	shop
	names map[string]string
}

func (a at) Sender(address string) (Pod, bool) { return a.shop.Sender(a.names[address]) }

// TestServe has a client push by OTLP from the address of a pod, and from one that nobody has [D24].
func TestServe(t *testing.T) {
	s := newStore()
	s.Cluster = at{shop{map[string]bool{"queue": true}}, map[string]string{"127.0.54.2": "v2"}}
	ctx, stop := context.WithCancel(t.Context())
	listener, err := net.Listen("tcp", "127.0.54.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, listener) }()
	if err := push(t, listener.Addr().String(), "127.0.54.2", grpc.UseCompressor(gzip.Name)); err != nil {
		t.Errorf("a pod: %v", err)
	}
	if err := push(t, listener.Addr().String(), "127.0.54.3"); err == nil {
		t.Error("a stranger was heard")
	}
	if diff := cmp.Diff([]string{"v2 queue = 3"}, told(s.View())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func push(t *testing.T, to, source string, options ...grpc.CallOption) error {
	t.Helper()
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(source)}}
	conn, err := grpc.NewClient("passthrough:///"+to, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", address)
		}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	in := &otlp.MetricsData{ResourceMetrics: from(nil, gaugeOf("queue", number(3)))}
	return conn.Invoke(ctx, "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", in, &emptypb.Empty{}, options...)
}
