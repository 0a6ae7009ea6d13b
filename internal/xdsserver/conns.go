package xdsserver

import (
	"context"
	"time"

	"golang.org/x/time/rate"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// openings is how many streams may begin in one second, and how many at once. When a replica goes, its proxies come to
// the others all at the same time; those that are over the limit wait their turn, with what they have.
const openings = 500

func newOpenings() *rate.Limiter { return rate.NewLimiter(openings, openings) }

// admit holds a stream until its turn comes. The error is a gRPC status.
func (s *Server) admit(ctx context.Context) error {
	if err := s.openings.Wait(ctx); err != nil {
		return status.Errorf(codes.Unavailable, "wait for the turn to begin a stream: %v", err)
	}
	return nil
}

func (s *Server) connect(proxy Proxy) *conn {
	s.mu.Lock()
	s.serial++
	c := &conn{proxy: proxy, connected: time.Now(), serial: s.serial, wake: make(chan struct{}, 1), inspection: newInspection()}
	c.tell(c.connected)
	s.conns[c] = true
	s.mu.Unlock()
	s.metrics.streams.Inc()
	s.metrics.opened.Inc()
	s.log.V(1).Info("proxy connected", "pod", proxy.Pod.String(), "workload", proxy.Workload.String())
	s.notify()
	return c
}

func (s *Server) disconnect(c *conn) {
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
	close(c.gone)
	s.metrics.streams.Dec()
	s.log.V(1).Info("proxy left", "pod", c.proxy.Pod.String(), "workload", c.proxy.Workload.String())
	s.notify()
}

// report keeps a proxy's report if it is another one, and tells the observers.
func (s *Server) report(c *conn, machine *stream) {
	standing, version := machine.standing(), machine.version()
	if c.standing == standing && c.version == version {
		return
	}
	report := machine.Report()
	s.mu.Lock()
	c.report, c.standing, c.version = report, standing, version
	s.mu.Unlock()
	s.notify()
}

func (s *Server) notify() {
	s.mu.Lock()
	observers := s.observers
	s.mu.Unlock()
	for _, f := range observers {
		f()
	}
}
