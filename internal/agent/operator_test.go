package agent

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/weft-mesh/weft/internal/protocol/agentv1"
)

const operatorName = "weft-operator.weft-system.svc"

// authority is a root with its key.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{key: key}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	a.cert = template
	der, err := a.sign(template, &key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *authority) sign(template *x509.Certificate, public any) ([]byte, error) {
	return x509.CreateCertificate(rand.Reader, template, a.cert, public, a.key)
}

func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// fakeOperator speaks the real protocols over real TLS. Its streams are handed to the test.
type fakeOperator struct {
	agentv1.UnimplementedAgentServer
	discoveryv3.UnimplementedAggregatedDiscoveryServiceServer
	t       *testing.T
	root    *authority
	address string
	server  *grpc.Server

	spoil   atomic.Pointer[func(*agentv1.SignResponse)] // changes answers
	serial  atomic.Int64
	signed  chan int64
	refused chan struct{}
	talks   chan talk
	streams chan discoveryv3.AggregatedDiscoveryService_DeltaAggregatedResourcesServer
}

// talk is one Connect stream. What the agent says arrives in said.
type talk struct {
	stream agentv1.Agent_ConnectServer
	said   chan *agentv1.FromAgent
}

func newOperator(t *testing.T, token string) *fakeOperator {
	t.Helper()
	o := &fakeOperator{
		t: t, root: newAuthority(t), address: "127.0.0.1:0", signed: make(chan int64, 100), talks: make(chan talk, 100), refused: make(chan struct{}, 1),
		streams: make(chan discoveryv3.AggregatedDiscoveryService_DeltaAggregatedResourcesServer, 100),
	}
	o.serial.Store(100)
	o.start(token)
	t.Cleanup(func() { o.server.Stop() })
	return o
}

func (o *fakeOperator) start(token string) {
	o.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		o.t.Fatal(err)
	}
	der, err := o.root.sign(&x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: []string{operatorName},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}, &key.PublicKey)
	if err != nil {
		o.t.Fatal(err)
	}
	certificate := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	listener, err := net.Listen("tcp", o.address)
	if err != nil {
		o.t.Fatal(err)
	}
	o.address = listener.Addr().String()
	check := func(ctx context.Context) error {
		md, _ := metadata.FromIncomingContext(ctx)
		if got := md.Get("authorization"); len(got) != 1 || got[0] != "Bearer "+token {
			select {
			case o.refused <- struct{}{}:
			default:
			}
			return status.Error(codes.Unauthenticated, "unknown token")
		}
		return nil
	}
	o.server = grpc.NewServer(
		grpc.Creds(credentials.NewServerTLSFromCert(&certificate)),
		grpc.UnaryInterceptor(func(ctx context.Context, q any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			if err := check(ctx); err != nil {
				return nil, err
			}
			return next(ctx, q)
		}),
		grpc.StreamInterceptor(func(s any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
			if err := check(stream.Context()); err != nil {
				return err
			}
			return next(s, stream)
		}),
	)
	agentv1.RegisterAgentServer(o.server, o)
	discoveryv3.RegisterAggregatedDiscoveryServiceServer(o.server, o)
	server := o.server
	go func() { _ = server.Serve(listener) }()
}

func (o *fakeOperator) Sign(_ context.Context, q *agentv1.SignRequest) (*agentv1.SignResponse, error) {
	csr, err := x509.ParseCertificateRequest(q.CsrDer)
	if err != nil || csr.CheckSignature() != nil {
		return nil, errors.New("bad request")
	}
	serial := o.serial.Add(1)
	der, err := o.root.sign(&x509.Certificate{
		SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour),
		URIs: []*url.URL{{Scheme: "spiffe", Host: "mesh", Path: "/ns/shop/sa/cart"}}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, csr.PublicKey)
	if err != nil {
		return nil, err
	}
	answer := &agentv1.SignResponse{ChainDer: [][]byte{der}, RootsDer: [][]byte{o.root.cert.Raw}}
	if spoil := o.spoil.Load(); spoil != nil {
		(*spoil)(answer)
	}
	o.signed <- serial
	return answer, nil
}

func (o *fakeOperator) Connect(stream agentv1.Agent_ConnectServer) error {
	c := talk{stream: stream, said: make(chan *agentv1.FromAgent, 100)}
	o.talks <- c
	for {
		m, err := stream.Recv()
		if err != nil {
			return err
		}
		c.said <- m
	}
}

func (o *fakeOperator) DeltaAggregatedResources(stream discoveryv3.AggregatedDiscoveryService_DeltaAggregatedResourcesServer) error {
	o.streams <- stream
	<-stream.Context().Done()
	return nil
}

// await takes the next value that the test wants, and passes over the others.
func await[T any](t *testing.T, from <-chan T, what string, want func(T) bool) T {
	t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		select {
		case v := <-from:
			if want(v) {
				return v
			}
		case <-timeout:
			t.Fatalf("no %s in 20 s", what)
		}
	}
}

func any1[T any](T) bool { return true }
