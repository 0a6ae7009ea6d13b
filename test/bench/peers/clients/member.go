package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"time"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// member is one proxy.
type member struct {
	fleet   *fleet
	who     who
	missing []uint64 // a bit for each resource that it has not got yet; nil: it has everything
	left    int
	seen    *watch // the last one that it has acknowledged
	greeted bool   // something has come
}

func newMember(f *fleet, w who) *member {
	m := &member{fleet: f, who: w, missing: make([]uint64, f.total/64+1), left: f.total}
	for n := range f.total {
		m.missing[n/64] |= 1 << (n % 64)
	}
	return m
}

func (m *member) run(ctx context.Context) {
	conn, err := dial(m.fleet.address, grpc.WithDefaultCallOptions(grpc.ForceCodec(codec{})))
	if err != nil {
		m.fleet.fail(m.who, err)
	}
	for failures := 0; ; failures++ {
		err := m.follow(ctx, conn)
		if status.Code(err) != codes.ResourceExhausted || m.greeted {
			m.fleet.fail(m.who, err)
		}
		time.Sleep(pause(failures))
	}
}

// pause is an Envoy's before it opens its stream again: at random, up to half a second, doubled with each failure up to
// half a minute.
func pause(failures int) time.Duration {
	return rand.N(min(500*time.Millisecond<<min(failures, 10), 30*time.Second))
}

// follow runs one stream. A server that has too many clients at once refuses it before it has sent anything.
func (m *member) follow(ctx context.Context, conn *grpc.ClientConn) error {
	ctx, cancel := context.WithCancel(m.who.introduce(ctx))
	defer cancel()
	description := &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}
	stream, err := conn.NewStream(ctx, description, discovery.AggregatedDiscoveryService_DeltaAggregatedResources_FullMethodName)
	if err != nil {
		return err
	}
	for i, url := range order {
		if err := m.subscribe(stream, i == 0, url); err != nil && !errors.Is(err, io.EOF) {
			return err // io.EOF: receiving says why the stream has ended
		}
	}
	for {
		if err := m.step(stream); err != nil {
			return err
		}
		m.greeted = true
	}
}

func dial(address string, more ...grpc.DialOption) (*grpc.ClientConn, error) {
	const kilobyte, most = 1 << 10, 1 << 30
	options := append([]grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithReadBufferSize(4 * kilobyte), grpc.WithWriteBufferSize(4 * kilobyte), // there are thousands in one process
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(most)),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: backoff.DefaultConfig, MinConnectTimeout: patience}), // a busy machine is no failure
	}, more...)
	return grpc.NewClient("passthrough:///"+address, options...)
}

// subscribe asks for all clusters and listeners, and for the others by name.
func (m *member) subscribe(stream grpc.ClientStream, first bool, url string) error {
	r := &discovery.DeltaDiscoveryRequest{TypeUrl: url}
	if first {
		r.Node = m.who.node()
	}
	if url != clusters && url != listeners {
		for _, name := range m.fleet.names[url] {
			r.ResourceNamesSubscribe = append(r.ResourceNamesSubscribe, m.who.own(url, name))
		}
		if len(r.ResourceNamesSubscribe) == 0 {
			return nil
		}
	}
	message, err := proto.Marshal(r)
	if err != nil {
		return err
	}
	return stream.SendMsg(&message)
}

// step takes one response and acknowledges it.
func (m *member) step(stream grpc.ClientStream) error {
	var message []byte
	if err := stream.RecvMsg(&message); err != nil {
		return err
	}
	f := m.fleet
	f.last.Store(time.Now().UnixNano())
	f.responses.Add(1)
	f.bytes.Add(int64(len(message)))
	r, err := parse(message, m.missing != nil)
	if err != nil {
		return err
	}
	answer := acknowledgement(r)
	if err := stream.SendMsg(&answer); err != nil {
		return err
	}
	m.note(r)
	if w := f.watched.Load(); w != nil && w != m.seen && string(r.url) == w.url && bytes.Contains(message, w.mark) {
		m.seen = w
		if w.left.Add(-1) == 0 {
			w.done <- time.Now()
		}
	}
	return nil
}

// note strikes out what the member has got, until it has everything.
func (m *member) note(r response) {
	if m.missing == nil {
		return
	}
	of := m.fleet.numbers[string(r.url)]
	for _, name := range r.names {
		n, known := of[m.who.common(string(r.url), string(name))]
		if !known || m.missing[n/64]&(1<<(n%64)) == 0 {
			continue
		}
		m.missing[n/64] &^= 1 << (n % 64)
		m.left--
	}
	if m.left == 0 {
		m.missing = nil
		m.fleet.arrived()
	}
}
