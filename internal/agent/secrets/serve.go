package secrets

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"slices"

	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	secretv3 "github.com/envoyproxy/go-control-plane/envoy/service/secret/v3"
	"google.golang.org/protobuf/types/known/anypb"
)

// Server is the secret discovery service for the Envoy of this pod, in both forms of the protocol.
type Server struct {
	secretv3.UnimplementedSecretDiscoveryServiceServer
	Store *Store
	Log   *slog.Logger
}

// DeltaSecrets serves one stream of the incremental form.
func (s *Server) DeltaSecrets(stream secretv3.SecretDiscoveryService_DeltaSecretsServer) error {
	return serve(s, stream.Context(), stream.Recv,
		func(session *session, request *discoveryv3.DeltaDiscoveryRequest) {
			session.judge(request.ResponseNonce, request.ErrorDetail.GetMessage())
			session.subscribe(request.ResourceNamesSubscribe...)
			session.unsubscribe(request.ResourceNamesUnsubscribe...)
		},
		func(name string, due secret, nonce string) error {
			return stream.Send(&discoveryv3.DeltaDiscoveryResponse{
				TypeUrl: TypeURL, Nonce: nonce, SystemVersionInfo: due.version,
				Resources: []*discoveryv3.Resource{{Name: name, Version: due.version, Resource: due.body}},
			})
		})
}

// StreamSecrets serves one stream of the form in which a request names all that it wants. Envoy asks for one secret a
// stream.
func (s *Server) StreamSecrets(stream secretv3.SecretDiscoveryService_StreamSecretsServer) error {
	return serve(s, stream.Context(), stream.Recv,
		func(session *session, request *discoveryv3.DiscoveryRequest) {
			session.judge(request.ResponseNonce, request.ErrorDetail.GetMessage())
			for _, name := range slices.Collect(maps.Keys(session.names)) {
				if !slices.Contains(request.ResourceNames, name) {
					session.unsubscribe(name)
				}
			}
			for _, name := range request.ResourceNames {
				if _, ok := session.names[name]; !ok {
					session.subscribe(name)
				}
			}
		},
		func(_ string, due secret, nonce string) error {
			return stream.Send(&discoveryv3.DiscoveryResponse{
				TypeUrl: TypeURL, Nonce: nonce, VersionInfo: due.version, Resources: []*anypb.Any{due.body},
			})
		})
}

// serve answers requests and changes of the store, each as it comes, until the stream ends.
func serve[R any](s *Server, ctx context.Context, receive func() (R, error),
	take func(*session, R), send func(name string, due secret, nonce string) error) error {
	session := newSession(s.Store, s.Log)
	defer session.close()
	requests, ended := make(chan R), make(chan error, 1)
	go func() {
		for {
			request, err := receive()
			if err != nil {
				ended <- err
				return
			}
			select {
			case requests <- request:
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		changed := s.Store.change()
		due := session.due()
		for _, name := range slices.Sorted(maps.Keys(due)) {
			if err := send(name, due[name], session.sent(name, due[name].version)); err != nil {
				return err
			}
		}
		select {
		case request := <-requests:
			take(session, request)
		case <-changed:
		case err := <-ended:
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
