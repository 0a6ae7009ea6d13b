package probe

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"

	"github.com/weft-mesh/weft/examples/bookstore/once"
)

// Review posts a review to a URL and reads the whole receipt.
func Review(url string) Call {
	client := once.Client(once.Kept())
	return func(ctx context.Context) string {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader("well written"))
		if err != nil {
			return "malformed"
		}
		answer, err := client.Do(r)
		if err != nil {
			return once.Reason(err)
		}
		defer answer.Body.Close()
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			return "cut-" + once.Reason(err)
		}
		return fmt.Sprint(answer.StatusCode)
	}
}

// Empty calls the unary method of gRPC's interoperability service. All calls share one connection.
func Empty(address string) (Call, error) {
	conn, err := grpc.NewClient(address,
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDisableRetry(), grpc.WithNoProxy())
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", address, err)
	}
	client := pb.NewTestServiceClient(conn)
	return func(ctx context.Context) string {
		_, err := client.EmptyCall(ctx, &pb.Empty{})
		return "grpc-" + status.Code(err).String()
	}, nil
}
