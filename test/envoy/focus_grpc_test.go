package envoy

import (
	"context"
	"fmt"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	gateway "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
)

// TestGRPCCallsOnTheWire calls by gRPC with a focus by metadata and by method. Calls outside of it never meet the new version,
// of another user no more than of another method; those inside do [D06 D23].
func TestGRPCCallsOnTheWire(t *testing.T) {
	w := newWire(t)
	speaks := w.speaksGRPC(t)
	w.publish(t, speaks(w.focused(50, v1alpha1.RequestMatch{
		Headers: []v1alpha1.NamedMatch{{Name: "x-user", Exact: "ada"}}, Path: &v1alpha1.TextMatch{Exact: "/shop.Reviews/List"},
	})))
	conn := w.dialCalls(t)
	const requests = 1000
	for _, c := range []struct {
		user, method string
		share        float64
	}{{"ada", "/shop.Reviews/List", .5}, {"bob", "/shop.Reviews/List", 0}, {"ada", "/shop.Reviews/Write", 0}, {"", "/shop.Reviews/List", 0}} {
		got := map[string]int{}
		for range requests {
			got[invoke(t, conn, c.user, c.method)]++
		}
		if !plausible(got["v2"], requests, c.share) || got["v1"]+got["v2"] != requests {
			t.Errorf("%q calling %s meets %v, want a share of %v", c.user, c.method, got, c.share)
		}
	}
}

// TestGRPCRoutesOnTheWire has a GRPCRoute that divides the calls of one service between front and cart, and a focused Canary of
// front. Of 5000 calls outside of the focus none meets the new version; those inside do, by the product of both shares. A
// rule by method goes after one by service, what no rule fits is unimplemented, what can't be served unavailable [D07 D10 D23].
func TestGRPCRoutesOnTheWire(t *testing.T) {
	w := newWire(t)
	speaks := w.speaksGRPC(t)
	match := func(service, method string) []gateway.GRPCRouteMatch {
		return []gateway.GRPCRouteMatch{{Method: &gateway.GRPCMethodMatch{Service: &service, Method: &method}}}
	}
	s := speaks(w.focused(60, v1alpha1.RequestMatch{Headers: []v1alpha1.NamedMatch{{Name: "x-user", Exact: "ada"}}}))
	s.GRPCRoutes = []*gateway.GRPCRoute{
		modeltest.CallRoute("divided", match("shop.Reviews", ""), modeltest.Share{Service: "front", Weight: 3}, modeltest.Share{Service: "cart", Weight: 1}),
		modeltest.CallRoute("by-method", match("", "List"), modeltest.Share{Service: "cart", Weight: 1}),
		modeltest.CallRoute("gone", match("shop.Gone", "List"), modeltest.Share{Service: "gone", Weight: 1}),
		modeltest.CallRoute("empty", match("shop.Empty", "List")),
	}
	w.publish(t, s)
	conn := w.dialCalls(t)
	for _, c := range []struct {
		user, method string
		requests     int
		shares       map[string]float64
	}{
		{"bob", "/shop.Reviews/List", 5000, map[string]float64{"v1": .75, "cart": .25}},
		{"", "/shop.Reviews/Write", 1000, map[string]float64{"v1": .75, "cart": .25}},
		{"ada", "/shop.Reviews/Write", 2000, map[string]float64{"v1": .3, "v2": .45, "cart": .25}},
		{"ada", "/shop.Other/List", 100, map[string]float64{"cart": 1}},
		{"ada", "/shop.ReviewsToo/Write", 100, map[string]float64{"Unimplemented": 1}},
		{"ada", "/shop.Gone/List", 100, map[string]float64{"Unavailable": 1}},
		{"ada", "/shop.Empty/List", 100, map[string]float64{"Unavailable": 1}},
	} {
		got := map[string]int{}
		for range c.requests {
			got[invoke(t, conn, c.user, c.method)]++
		}
		for answer, share := range c.shares {
			if !plausible(got[answer], c.requests, share) {
				t.Errorf("%q calling %s: %s has %d of %d, want a share of %v", c.user, c.method, answer, got[answer], c.requests, share)
			}
			delete(got, answer)
		}
		if len(got) > 0 {
			t.Errorf("%q calling %s: others answer too: %v", c.user, c.method, got)
		}
	}
}

// speaksGRPC starts servers of calls beside the first pod of each version and of cart. It returns what gives front and cart
// the port that leads to them.
func (w *wire) speaksGRPC(t *testing.T) func(snapshot.Snapshot) snapshot.Snapshot {
	t.Helper()
	port := freeAddress(t).Port
	for _, version := range []string{"v1", "v2", "cart"} {
		serveCalls(t, net.JoinHostPort(podAddress(version, 0), fmt.Sprint(port)), version)
	}
	return func(s snapshot.Snapshot) snapshot.Snapshot {
		for _, service := range s.Services {
			service.Spec.Ports = append(service.Spec.Ports, corev1.ServicePort{Name: "grpc", Port: 81, TargetPort: intstr.FromInt(port)})
		}
		return s
	}
}

// dialCalls leads to the port of front that speaks gRPC.
func (w *wire) dialCalls(t *testing.T) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(w.addresses[calls].String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// invoke returns the name of who answers a call, or the status.
func invoke(t *testing.T, conn *grpc.ClientConn, user, method string) string {
	t.Helper()
	ctx, answer := t.Context(), &wrapperspb.StringValue{}
	if user != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "x-user", user)
	}
	if err := conn.Invoke(ctx, method, &emptypb.Empty{}, answer, grpc.WaitForReady(true)); err != nil {
		return status.Code(err).String()
	}
	return answer.Value
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
