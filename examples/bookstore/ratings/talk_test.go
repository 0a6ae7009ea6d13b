package ratings

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	pb "google.golang.org/grpc/interop/grpc_testing"

	"github.com/weft-mesh/weft/examples/bookstore/serve"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestTheStreamSaysGoodbyeWhenItsServerLeaves(t *testing.T) {
	l, d := listen(t), serve.NewDrain()
	go serve.GRPC(l, Stream(d, "")).Serve()
	conn, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c, err := pb.NewTestServiceClient(conn).FullDuplexCall(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	say := func(text string) string {
		if err := c.Send(&pb.StreamingOutputCallRequest{Payload: &pb.Payload{Body: []byte(text)}}); err != nil {
			t.Fatal(err)
		}
		answer, err := c.Recv()
		if err != nil {
			t.Fatal(err)
		}
		return string(answer.GetPayload().GetBody())
	}
	if got := say("1"); got != "1" {
		t.Errorf("got %q", got)
	}
	d.Begin()
	if got := say("2"); got != "2 last" {
		t.Errorf("got %q", got)
	}
	if _, err := c.Recv(); !errors.Is(err, io.EOF) {
		t.Errorf("the stream ended with %v, want a normal end", err)
	}
}

func TestTheSessionSaysGoodbyeWhenItsServerLeaves(t *testing.T) {
	l, d := listen(t), serve.NewDrain()
	server := Lines(l, d, "")
	go server.Serve()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewScanner(conn)
	say := func(text string) string {
		fmt.Fprintln(conn, text)
		in.Scan()
		return in.Text()
	}
	if got := say("1"); got != "1" {
		t.Errorf("got %q", got)
	}
	d.Begin()
	if got := say("2"); got != "2 last" {
		t.Errorf("got %q", got)
	}
	if err := server.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if in.Scan() || in.Err() != nil {
		t.Errorf("the session ended with %q, %v", in.Text(), in.Err())
	}
}
