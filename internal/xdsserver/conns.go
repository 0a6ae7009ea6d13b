package xdsserver

import (
	"time"
)

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
