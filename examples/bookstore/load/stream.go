package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"
)

// stream is a line over gRPC.
type stream struct {
	conn    *grpc.ClientConn
	call    pb.TestService_FullDuplexCallClient
	cancel  context.CancelFunc
	timeout time.Duration
}

func openStream(address string, timeout time.Duration) func(context.Context) (line, error) {
	return func(ctx context.Context) (line, error) {
		conn, err := grpc.NewClient(address,
			grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDisableRetry(), grpc.WithNoProxy())
		if err != nil {
			return nil, fmt.Errorf("open stream: %w", err)
		}
		ctx, cancel := context.WithCancel(ctx)
		late := time.AfterFunc(timeout, cancel)
		defer late.Stop()
		call, err := pb.NewTestServiceClient(conn).FullDuplexCall(ctx)
		if err != nil {
			cancel()
			conn.Close()
			return nil, streamFailure(err)
		}
		return stream{conn, call, cancel, timeout}, nil
	}
}

// Say has no deadline of its own in gRPC: the whole stream is cancelled when the echo is late.
func (s stream) Say(message string) (string, error) {
	late := time.AfterFunc(s.timeout, s.cancel)
	err := s.call.Send(&pb.StreamingOutputCallRequest{Payload: &pb.Payload{Body: []byte(message)}})
	var echo *pb.StreamingOutputCallResponse
	if err == nil || errors.Is(err, io.EOF) {
		echo, err = s.call.Recv()
	}
	if !late.Stop() {
		return "", failure("timeout")
	}
	if err != nil {
		return "", streamFailure(err)
	}
	return string(echo.GetPayload().GetBody()), nil
}

func (s stream) Close() {
	s.cancel()
	s.conn.Close()
}

// streamFailure is the gRPC code: the text has addresses in it and is different each time.
func streamFailure(err error) failure {
	if errors.Is(err, io.EOF) {
		return failure("ended without goodbye")
	}
	return failure("grpc " + status.Code(err).String())
}
