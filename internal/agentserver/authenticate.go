package agentserver

import (
	"context"
	"errors"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/token"
)

// caller is who calls: proved, and looked up.
type caller struct {
	claims  token.Claims
	pod     Pod
	session *session // of streams only
}

func (c caller) key() model.Key { return model.Key{Namespace: c.claims.Namespace, Name: c.claims.Pod} }

type callerKey struct{}

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

const scheme = "Bearer "

// authenticate answers Unauthenticated to whoever can't prove what pod it is, and PermissionDenied to a pod that may not
// ask. Unavailable asks for another attempt.
func (s *Server) authenticate(ctx context.Context) (caller, error) {
	values := metadata.ValueFromIncomingContext(ctx, "authorization")
	if len(values) != 1 || !strings.HasPrefix(values[0], scheme) {
		return caller{}, status.Error(codes.Unauthenticated, "the call must carry one header authorization: Bearer TOKEN")
	}
	claims, err := s.Tokens.Verify(ctx, strings.TrimPrefix(values[0], scheme))
	if errors.Is(err, token.ErrUnavailable) {
		return caller{}, status.Error(codes.Unavailable, err.Error())
	}
	if err != nil {
		return caller{}, status.Error(codes.Unauthenticated, err.Error())
	}
	pod, err := s.living(claims)
	return caller{claims: claims, pod: pod}, err
}

func (s *Server) unary(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	c, err := s.authenticate(ctx)
	if err != nil {
		return nil, err
	}
	return handler(context.WithValue(ctx, callerKey{}, c), request)
}

// stream enters the stream among the sessions first and looks at the pod once more then, so that a pod that is deleted
// in between is not missed.
func (s *Server) stream(server any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	c, err := s.authenticate(stream.Context())
	if err != nil {
		return err
	}
	ctx, end := context.WithCancelCause(stream.Context())
	defer end(nil)
	var leave func()
	c.session, leave = s.sessions.enter(c, s.Clock(), func() { end(errGone) })
	s.Changed()
	defer func() { leave(); s.Changed() }()
	if _, err := s.living(c.claims); err != nil {
		return err
	}
	err = handler(server, known{stream, context.WithValue(ctx, callerKey{}, c)})
	if errors.Is(context.Cause(ctx), errGone) {
		return errGone
	}
	return err
}

// errGone ends the streams of a pod that does not exist any more.
var errGone = status.Error(codes.PermissionDenied, "the pod is gone")

// known is a stream whose context has the caller, and ends when the pod is gone.
type known struct {
	grpc.ServerStream
	ctx context.Context
}

// Context has the caller.
func (k known) Context() context.Context { return k.ctx }
