package envoy

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// pod is what listens on the address of one pod of the called Service.
type pod struct {
	ip  net.IP
	got atomic.Int32 // requests that were read to their end

	listener net.Listener
	mu       sync.Mutex
	open     []net.Conn
}

var pods atomic.Int32

// vacantIP is an address that no other test has, on which nothing listens.
func vacantIP() net.IP {
	n := pods.Add(1)
	return net.IPv4(127, 4, byte(n/250), byte(1+n%250))
}

// servingPod does this with each request, and with the connection.
func servingPod(t *testing.T, serve func(net.Conn, *http.Request)) *pod {
	t.Helper()
	p := &pod{ip: vacantIP()}
	l, err := net.Listen("tcp", net.JoinHostPort(p.ip.String(), strconv.Itoa(port)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p.listener = l
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			p.mu.Lock()
			p.open = append(p.open, conn)
			p.mu.Unlock()
			go p.converse(conn, serve)
		}
	}()
	return p
}

// close is the end of the pod: nothing listens, and no connection is open.
func (p *pod) close() {
	p.listener.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range p.open {
		conn.Close()
	}
}

func (p *pod) converse(conn net.Conn, serve func(net.Conn, *http.Request)) {
	defer conn.Close()
	for in := bufio.NewReader(conn); ; {
		request, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, request.Body); err != nil {
			return
		}
		p.got.Add(1)
		serve(conn, request)
	}
}

// answering says this to each request.
func answering(status int) func(net.Conn, *http.Request) {
	return func(conn net.Conn, _ *http.Request) {
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 %d %s\r\nContent-Length: 0\r\n\r\n", status, http.StatusText(status))
	}
}

// dying reads a request and hangs up.
func dying(conn net.Conn, _ *http.Request) { conn.Close() }

func addresses(all []*pod) (out []net.IP) {
	for _, p := range all {
		out = append(out, p.ip)
	}
	return out
}
