package ratings

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/weft-mesh/weft/examples/bookstore/serve"
	"github.com/weft-mesh/weft/examples/bookstore/talk"
)

// lines echoes each line it reads from a TCP connection.
type lines struct {
	listener net.Listener
	drain    *serve.Drain
	fault    Fault
	open     sync.WaitGroup
	mu       sync.Mutex
	conns    map[net.Conn]bool
}

func Lines(l net.Listener, d *serve.Drain, fault Fault) serve.Part {
	return &lines{listener: l, drain: d, fault: fault, conns: map[net.Conn]bool{}}
}

func (s *lines) Serve() error {
	for {
		conn, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		s.open.Go(func() { s.converse(conn) })
	}
}

func (s *lines) converse(conn net.Conn) {
	s.track(conn, true)
	defer s.track(conn, false)
	defer conn.Close()
	in := bufio.NewScanner(conn)
	for in.Scan() {
		if tcp, is := conn.(*net.TCPConn); is && s.fault == LinesReset {
			_ = tcp.SetLinger(0)
		}
		if s.fault == LinesReset || s.fault == LinesMute {
			return
		}
		leaving := s.drain.Leaving()
		if _, err := fmt.Fprintln(conn, talk.Echo(in.Text(), leaving)); err != nil || leaving {
			return
		}
	}
}

func (s *lines) track(conn net.Conn, open bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if open {
		s.conns[conn] = true
	} else {
		delete(s.conns, conn)
	}
}

// Stop waits for the conversations to end and cuts those that are too slow.
func (s *lines) Stop(ctx context.Context) error {
	s.listener.Close()
	ended := make(chan struct{})
	go func() {
		s.open.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		s.cut()
		return ctx.Err()
	}
}

func (s *lines) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns {
		conn.Close()
	}
}
