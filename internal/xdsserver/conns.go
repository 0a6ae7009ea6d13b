package xdsserver

import (
	"maps"
	"time"

	"github.com/weft-mesh/weft/internal/ack"
)

func (s *Server) connect(proxy Proxy) *conn {
	s.mu.Lock()
	s.serial++
	c := &conn{proxy: proxy, connected: time.Now(), serial: s.serial, wake: make(chan struct{}, 1)}
	s.conns[c] = true
	s.mu.Unlock()
	s.metrics.streams.Inc()
	s.log.V(1).Info("proxy connected", "pod", proxy.Pod.String(), "workload", proxy.Workload.String())
	s.notify()
	return c
}

func (s *Server) disconnect(c *conn) {
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
	s.metrics.streams.Dec()
	s.log.V(1).Info("proxy left", "pod", c.proxy.Pod.String(), "workload", c.proxy.Workload.String())
	s.notify()
}

// report keeps a proxy's report and tells the observers if it is another one.
func (s *Server) report(c *conn, version string, r ack.Report) {
	s.mu.Lock()
	same := equal(c.report, r)
	c.report, c.version = r, version
	s.mu.Unlock()
	if !same {
		s.notify()
	}
}

func equal(a, b ack.Report) bool {
	return a.UpToDate == b.UpToDate && maps.Equal(a.Applied, b.Applied) && maps.Equal(a.Rejected, b.Rejected)
}

func (s *Server) notify() {
	s.mu.Lock()
	observers := s.observers
	s.mu.Unlock()
	for _, f := range observers {
		f()
	}
}
