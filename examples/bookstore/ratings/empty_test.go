package ratings

import (
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	pb "google.golang.org/grpc/interop/grpc_testing"

	"github.com/weft-mesh/weft/examples/bookstore/serve"
)

func TestTheStatusOfABadVersionIsInTheTrailers(t *testing.T) {
	for text, want := range map[string]codes.Code{"": codes.OK, "grpc-internal": codes.Internal} {
		fault, err := ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		var headers metadata.MD
		_, err = pb.NewTestServiceClient(dial(t, fault)).EmptyCall(t.Context(), &pb.Empty{}, grpc.Header(&headers))
		if status.Code(err) != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
		if len(headers.Get("content-type")) == 0 {
			t.Errorf("%q: no headers came before the trailers", text)
		}
	}
}

func TestAnUnknownFaultIsRefused(t *testing.T) {
	if _, err := ParseFault("hang"); err == nil {
		t.Error("it was taken")
	}
}

func dial(t *testing.T, fault Fault) *grpc.ClientConn {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := Stream(serve.NewDrain(), fault)
	go server.Serve(l)
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}
