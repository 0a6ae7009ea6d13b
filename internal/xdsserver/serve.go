package xdsserver

import (
	"context"
	"errors"
	"io"
	"time"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/xdsserver/sotw"
)

// conn is one connected proxy.
type conn struct {
	proxy     Proxy
	connected time.Time
	serial    uint64
	wake      chan struct{} // of size one: a waiting wake stands for all
	report    ack.Report    // guarded by Server.mu, as is version
	version   string        // of the set that the report is about
	standing  standing      // of the report
	seen      target        // what the stream has looked at last, if it has looked; guarded by Server.mu
	looked    bool

	meter
	inspection
}

// Serve runs one stream of delta ADS until the proxy leaves, its certificate ends, or it breaks the protocol. The error
// is a gRPC status.
func (s *Server) Serve(proxy Proxy, stream discovery.AggregatedDiscoveryService_DeltaAggregatedResourcesServer) error {
	return s.serve(proxy, stream, newStream())
}

// ServeWhole does the same for a client that gets the state of the world.
func (s *Server) ServeWhole(proxy Proxy, stream discovery.AggregatedDiscoveryService_StreamAggregatedResourcesServer) error {
	return s.serve(proxy, sotw.Adapt(stream), newWholeStream())
}

func (s *Server) serve(proxy Proxy, stream discovery.AggregatedDiscoveryService_DeltaAggregatedResourcesServer, machine *stream) error {
	ctx, cancel := lifetime(stream.Context(), proxy)
	defer cancel()
	if err := s.admit(ctx); err != nil {
		return err
	}
	machine.place = proxy.Place
	c := s.connect(proxy)
	defer s.disconnect(c)

	in := make(chan *discovery.DeltaDiscoveryRequest)
	out := make(chan *discovery.DeltaDiscoveryResponse)
	broken := make(chan error, 2)
	go func() { broken <- read(ctx, stream, in) }()
	go func() { broken <- write(ctx, stream, out) }()

	var queue []*discovery.DeltaDiscoveryResponse // at most what the machine lets be under way
	step := func() {
		if target, ready := s.target(c); ready {
			machine.Update(target)
			queue = append(queue, machine.Next()...)
		}
		c.stepped(s.metrics, machine, len(queue), time.Now())
		s.report(c, machine)
	}
	for step(); ; {
		sink, response := head(out, queue)
		select {
		case sink <- response:
			c.pushed(s.metrics, machine, response, time.Now())
			queue[0], queue = nil, queue[1:]
		case r := <-in:
			s.noteRefusal(proxy, r)
			c.answered(r.GetResponseNonce())
			if err := machine.Request(r); err != nil {
				return status.Errorf(codes.ResourceExhausted, "request of %s for %s: %v", proxy.Pod, r.GetTypeUrl(), err)
			}
			s.metrics.asked.Add(float64(machine.first.takeNews()))
			step()
		case <-c.wake:
			step()
		case look := <-c.asked:
			look(machine)
		case err := <-broken:
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		case <-ctx.Done():
			return ended(ctx, stream)
		}
	}
}

// head is the next response to send and where to; a nil channel, which takes nothing, when there is none.
func head(out chan<- *discovery.DeltaDiscoveryResponse, queue []*discovery.DeltaDiscoveryResponse) (chan<- *discovery.DeltaDiscoveryResponse, *discovery.DeltaDiscoveryResponse) {
	if len(queue) == 0 {
		return nil, nil
	}
	return out, queue[0]
}

// lifetime ends with the stream and with the proxy's certificate: an Envoy never leaves a stream whose certificate ended.
func lifetime(ctx context.Context, proxy Proxy) (context.Context, context.CancelFunc) {
	if proxy.NotAfter.IsZero() {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, proxy.NotAfter)
}

func ended(ctx context.Context, stream discovery.AggregatedDiscoveryService_DeltaAggregatedResourcesServer) error {
	if stream.Context().Err() == nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return status.Error(codes.Unauthenticated, "the certificate of the proxy has ended")
	}
	return status.FromContextError(ctx.Err()).Err()
}

func read(ctx context.Context, stream discovery.AggregatedDiscoveryService_DeltaAggregatedResourcesServer, in chan<- *discovery.DeltaDiscoveryRequest) error {
	for {
		r, err := stream.Recv()
		if err != nil {
			return err
		}
		select {
		case in <- r:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func write(ctx context.Context, stream discovery.AggregatedDiscoveryService_DeltaAggregatedResourcesServer, out <-chan *discovery.DeltaDiscoveryResponse) error {
	for {
		select {
		case r := <-out:
			if err := stream.Send(r); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *Server) noteRefusal(proxy Proxy, r *discovery.DeltaDiscoveryRequest) {
	if r.GetErrorDetail() == nil {
		return
	}
	s.metrics.refused(r.GetTypeUrl())
	s.log.Info("proxy refused resources", "pod", proxy.Pod.String(), "type", r.GetTypeUrl(), "reason", r.GetErrorDetail().GetMessage())
}
