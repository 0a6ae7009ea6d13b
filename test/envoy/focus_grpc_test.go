package envoy

import (
	"context"
	"fmt"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// TestGRPCCallsOnTheWire calls by gRPC with a focus by metadata and by method. Calls outside of it never meet the new version,
// of another user no more than of another method; those inside do [D06 D23].
func TestGRPCCallsOnTheWire(t *testing.T) {
	w := newWire(t)
	port := freeAddress(t).Port
	for _, version := range []string{"v1", "v2"} {
		serveCalls(t, net.JoinHostPort(podAddress(version, 0), fmt.Sprint(port)), version)
	}
	s := w.focused(50, v1alpha1.RequestMatch{
		Headers: []v1alpha1.NamedMatch{{Name: "x-user", Exact: "ada"}}, Path: &v1alpha1.TextMatch{Exact: "/shop.Reviews/List"},
	})
	s.Services[0].Spec.Ports = append(s.Services[0].Spec.Ports, corev1.ServicePort{Name: "grpc", Port: 81, TargetPort: intstr.FromInt(port)})
	w.publish(t, s)
	conn, err := grpc.NewClient(w.addresses[calls].String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	const requests = 1000
	for _, c := range []struct {
		user, method string
		share        float64
	}{{"ada", "/shop.Reviews/List", .5}, {"bob", "/shop.Reviews/List", 0}, {"ada", "/shop.Reviews/Write", 0}, {"", "/shop.Reviews/List", 0}} {
		got := map[string]int{}
		for range requests {
			ctx := t.Context()
			if c.user != "" {
				ctx = metadata.AppendToOutgoingContext(ctx, "x-user", c.user)
			}
			answer := &wrapperspb.StringValue{}
			if err := conn.Invoke(ctx, c.method, &emptypb.Empty{}, answer, grpc.WaitForReady(true)); err != nil {
				t.Fatal(err)
			}
			got[answer.Value]++
		}
		if !plausible(got["v2"], requests, c.share) || got["v1"]+got["v2"] != requests {
			t.Errorf("%q calling %s meets %v, want a share of %v", c.user, c.method, got, c.share)
		}
	}
}

// serveCalls answers every gRPC call with a name.
func serveCalls(t *testing.T, address, name string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		if err := stream.RecvMsg(&emptypb.Empty{}); err != nil {
			return err
		}
		return stream.SendMsg(wrapperspb.String(name))
	}))
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	t.Cleanup(func() { server.Stop(); <-done })
}
