package ratings

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	pb "google.golang.org/grpc/interop/grpc_testing"
)

// Fault is what a bad version does wrong with unary calls, or with connections of lines: it resets them, ends them without a
// word, or refuses them. The zero value is a good version.
type Fault struct{ internal, reset, mute, absent bool }

// NoLines says that nothing is to listen for connections of lines.
func (f Fault) NoLines() bool { return f.absent }

// ParseFault reads "", "grpc-internal", "lines-reset", "lines-mute" or "lines-absent".
func ParseFault(text string) (Fault, error) {
	switch text {
	case "":
		return Fault{}, nil
	case "grpc-internal":
		return Fault{internal: true}, nil
	case "lines-reset":
		return Fault{reset: true}, nil
	case "lines-mute":
		return Fault{mute: true}, nil
	case "lines-absent":
		return Fault{absent: true}, nil
	}
	return Fault{}, fmt.Errorf("fault %q: want grpc-internal, lines-reset, lines-mute or lines-absent", text)
}

// EmptyCall of a bad version begins like a good answer, with HTTP status 200. Its trailers say INTERNAL.
func (s stream) EmptyCall(ctx context.Context, _ *pb.Empty) (*pb.Empty, error) {
	if !s.fault.internal {
		return &pb.Empty{}, nil
	}
	if err := grpc.SendHeader(ctx, metadata.MD{}); err != nil {
		return nil, err
	}
	return nil, status.Error(codes.Internal, "fault: grpc-internal")
}
