package ratings

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	pb "google.golang.org/grpc/interop/grpc_testing"
)

// EmptyCall of a bad version begins like a good answer, with HTTP status 200. Its trailers say INTERNAL.
func (s stream) EmptyCall(ctx context.Context, _ *pb.Empty) (*pb.Empty, error) {
	if s.fault != GRPCInternal {
		return &pb.Empty{}, nil
	}
	if err := grpc.SendHeader(ctx, metadata.MD{}); err != nil {
		return nil, err
	}
	return nil, status.Error(codes.Internal, "fault: grpc-internal")
}
