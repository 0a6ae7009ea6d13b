package xdsserver

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/go-logr/logr"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// tube is a server stream without a network. A client that does not read blocks Send until the stream ends.
type tube[Q, R any] struct {
	grpc.ServerStream
	ctx context.Context
	up  chan *Q
	dn  chan *R
}

type (
	pipe      = tube[discovery.DeltaDiscoveryRequest, discovery.DeltaDiscoveryResponse]
	wholePipe = tube[discovery.DiscoveryRequest, discovery.DiscoveryResponse]
)

func newTube[Q, R any](ctx context.Context) *tube[Q, R] {
	return &tube[Q, R]{ctx: ctx, up: make(chan *Q), dn: make(chan *R)}
}

func newPipe(ctx context.Context) *pipe {
	return newTube[discovery.DeltaDiscoveryRequest, discovery.DeltaDiscoveryResponse](ctx)
}

func (p *tube[Q, R]) Context() context.Context { return p.ctx }

func (p *tube[Q, R]) Send(r *R) error {
	select {
	case p.dn <- r:
		return nil
	case <-p.ctx.Done():
		return io.ErrClosedPipe
	}
}

func (p *tube[Q, R]) Recv() (*Q, error) {
	select {
	case r, ok := <-p.up:
		if !ok {
			return nil, io.EOF
		}
		return r, nil
	case <-p.ctx.Done():
		return nil, io.ErrClosedPipe
	}
}

// serve runs a stream in the background. It ends as gRPC ends it: the stream's context dies when Serve returns.
func serve(t *testing.T, s *Server, proxy Proxy) (*pipe, <-chan error) {
	ctx, cancel := context.WithCancel(t.Context())
	p, done := newPipe(ctx), make(chan error, 1)
	go func() {
		defer cancel()
		done <- s.Serve(proxy, p)
	}()
	return p, done
}

func one(name string, variant int) World {
	set := plan{clusters: map[string]int{name: variant}}.set()
	return World{Sets: map[model.Key]*xds.Set{cart: set}}
}

func TestNothingBeforeFirstPublish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(logr.Discard())
		p, _ := serve(t, s, Proxy{UID: "a", Workload: cart})
		p.up <- &discovery.DeltaDiscoveryRequest{TypeUrl: xds.ClusterType}
		s.UpdateEndpoints(endpointsFor(1, "c1"), time.Time{})
		synctest.Wait()
		select {
		case r := <-p.dn:
			t.Fatal("answered before the first Publish:", r)
		default:
		}
		if s.Published() {
			t.Error("endpoints alone count as published")
		}
		s.Publish(one("c1", 1))
		if r := <-p.dn; brief(r) != xds.ClusterType+"[+c1]" || !s.Published() {
			t.Error("got", brief(r))
		}
	})
}

func TestSlowClientHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(logr.Discard())
		s.Publish(one("c1", 1))
		slow, _ := serve(t, s, Proxy{UID: "slow", Workload: cart})
		quick, _ := serve(t, s, Proxy{UID: "quick", Workload: cart})
		slow.up <- &discovery.DeltaDiscoveryRequest{TypeUrl: xds.ClusterType}
		synctest.Wait() // the first version is on its way to it
		quick.up <- &discovery.DeltaDiscoveryRequest{TypeUrl: xds.ClusterType}
		for variant := 2; variant < 100; variant++ {
			r := <-quick.dn
			s.Publish(one("c1", variant))
			quick.up <- &discovery.DeltaDiscoveryRequest{TypeUrl: xds.ClusterType, ResponseNonce: r.GetNonce()}
		}
		synctest.Wait()
		first := <-slow.dn
		slow.up <- &discovery.DeltaDiscoveryRequest{TypeUrl: xds.ClusterType, ResponseNonce: first.GetNonce()}
		if got, want := (<-slow.dn).GetResources()[0].GetVersion(), clusterOf("c1", 99, false).Version; got != want {
			t.Errorf("the slow client goes on with %s, want the newest, %s", got, want)
		}
	})
}

func TestStreamEndsWithCertificate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(logr.Discard())
		s.Publish(one("c1", 1))
		begin := time.Now()
		stuck, done := serve(t, s, Proxy{UID: "a", Workload: cart, NotAfter: begin.Add(time.Hour)})
		_, longer := serve(t, s, Proxy{UID: "b", Workload: cart, NotAfter: begin.Add(2 * time.Hour)})
		stuck.up <- &discovery.DeltaDiscoveryRequest{TypeUrl: xds.ClusterType} // and never reads
		if err := <-done; status.Code(err) != codes.Unauthenticated || time.Since(begin) != time.Hour {
			t.Errorf("ended after %v with %v", time.Since(begin), err)
		}
		synctest.Wait()
		if reports := s.Reports(); len(reports) != 1 || reports[0].Proxy.UID != "b" {
			t.Errorf("reports %v, want only b's", reports)
		}
		<-longer
	})
}

func TestClientThatLeavesOrAsksTooMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(logr.Discard())
		p, done := serve(t, s, Proxy{UID: "a", Workload: cart})
		close(p.up)
		if err := <-done; err != nil {
			t.Error("a client that leaves is an error:", err)
		}
		p, done = serve(t, s, Proxy{UID: "a", Workload: cart})
		names := make([]string, maxNames+1)
		for i := range names {
			names[i] = time.Duration(i).String()
		}
		p.up <- &discovery.DeltaDiscoveryRequest{TypeUrl: xds.EndpointType, ResourceNamesSubscribe: names}
		if err := <-done; status.Code(err) != codes.ResourceExhausted {
			t.Error("too many names end with", err)
		}
	})
}
