package ratings

import (
	"errors"
	"io"

	"google.golang.org/grpc"
	pb "google.golang.org/grpc/interop/grpc_testing"

	"github.com/weft-mesh/weft/examples/bookstore/serve"
	"github.com/weft-mesh/weft/examples/bookstore/talk"
)

// stream is the published interoperability service of gRPC, so this example needs no protocol file of its own.
type stream struct {
	pb.UnimplementedTestServiceServer
	drain *serve.Drain
	fault Fault
}

func Stream(d *serve.Drain, fault Fault) *grpc.Server {
	s := grpc.NewServer()
	pb.RegisterTestServiceServer(s, stream{drain: d, fault: fault})
	return s
}

func (s stream) FullDuplexCall(c pb.TestService_FullDuplexCallServer) error {
	for {
		in, err := c.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		leaving := s.drain.Leaving()
		echo := talk.Echo(string(in.GetPayload().GetBody()), leaving)
		err = c.Send(&pb.StreamingOutputCallResponse{Payload: &pb.Payload{Body: []byte(echo)}})
		if err != nil || leaving {
			return err
		}
	}
}
