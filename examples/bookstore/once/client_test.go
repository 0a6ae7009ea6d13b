package once

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
)

// closer answers the first request of a connection, and closes the connection after it has read the second.
type closer struct {
	net.Listener
	mu   sync.Mutex
	seen map[string]int
}

func newCloser(t *testing.T) *closer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &closer{Listener: l, seen: map[string]int{}}
	t.Cleanup(func() { l.Close() })
	go c.serve()
	return c
}

func (c *closer) serve() {
	for {
		conn, err := c.Accept()
		if err != nil {
			return
		}
		go c.converse(conn)
	}
}

func (c *closer) converse(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for answered := false; ; answered = true {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		io.Copy(io.Discard, r.Body)
		c.mu.Lock()
		c.seen[r.Header.Get("x-id")]++
		c.mu.Unlock()
		if answered {
			return
		}
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	}
}

func (c *closer) times(id string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen[id]
}

func call(t *testing.T, client *http.Client, url, id string) error {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("x-id", id)
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

func TestADeadConnectionIsReportedAndNothingIsSentTwice(t *testing.T) {
	cases := map[string]struct {
		reason string
		client *http.Client
		sent   int
		fails  bool
	}{
		"once":     {"the failure reaches the caller", Client(Kept()), 1, true},
		"standard": {"control: without package once the request goes out again", &http.Client{Transport: Kept()}, 2, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			server := newCloser(t)
			url := "http://" + server.Addr().String()
			if err := call(t, tc.client, url, "first"); err != nil {
				t.Fatal(err)
			}
			err := call(t, tc.client, url, "second")
			if (err != nil) != tc.fails {
				t.Errorf("%s: got error %v", tc.reason, err)
			}
			if err != nil && Reason(err) != "closed" {
				t.Errorf("reason of %v: got %s", err, Reason(err))
			}
			if got := server.times("second"); got != tc.sent {
				t.Errorf("%s: the server saw it %d times, want %d", tc.reason, got, tc.sent)
			}
		})
	}
}

func TestAGetHasNoBodyOnTheWire(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := make(chan *http.Request, 1)
	go http.Serve(l, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r }))
	if err := call(t, Client(Kept()), "http://"+l.Addr().String(), "1"); err != nil {
		t.Fatal(err)
	}
	if r := <-got; r.ContentLength != 0 || len(r.TransferEncoding) != 0 {
		t.Errorf("length %d, transfer encoding %v", r.ContentLength, r.TransferEncoding)
	}
}
