package agentserver

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/weft-mesh/weft/internal/ca"
	"github.com/weft-mesh/weft/internal/protocol/agentv1"
)

// Sign issues a certificate for the account of the caller's token. Of the request only the public key is used.
func (s *Server) Sign(ctx context.Context, request *agentv1.SignRequest) (*agentv1.SignResponse, error) {
	c := callerOf(ctx)
	if c.claims.Namespace == s.OperatorNamespace {
		return nil, status.Errorf(codes.PermissionDenied, "namespace %s is the operator's own and has no workloads of the mesh", c.claims.Namespace)
	}
	if !s.shares.take(c.claims.PodUID, s.Clock()) {
		return nil, status.Errorf(codes.ResourceExhausted, "pod %s asks too often: one certificate in %s", c.key(), shareEvery)
	}
	public, err := ca.ParseCSR(request.CsrDer)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	path := "/ns/" + c.claims.Namespace + "/sa/" + c.claims.Account
	chain, authority, err := s.Authority.Sign(ctx, public, path, s.LeafLifetime())
	if err != nil {
		s.Log.Error("certificate not issued", "pod", c.key(), "error", err)
		return nil, status.Error(signCode(ctx, err), err.Error())
	}
	return &agentv1.SignResponse{ChainDer: chain, RootsDer: authority.RootsDER()}, nil
}

func signCode(ctx context.Context, err error) codes.Code {
	switch {
	case errors.Is(err, ca.ErrNotReady):
		return codes.Unavailable
	case errors.Is(err, ca.ErrBusy):
		return codes.ResourceExhausted
	case ctx.Err() != nil:
		return codes.DeadlineExceeded
	default:
		return codes.FailedPrecondition
	}
}
