package firstcall

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/weft-mesh/weft/test/netns"
)

type dialer func(ctx context.Context, address string) (net.Conn, error)

// serve is the called application: an echo over HTTP that tells who calls, gRPC, and a server that greets first.
func serve(t *testing.T, host *netns.Namespace) {
	t.Helper()
	echo := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Caller", r.Header.Get("X-Forwarded-Client-Cert"))
		_, _ = w.Write(body)
	})}
	go func() { _ = echo.Serve(listen(t, host, "0.0.0.0:8080")) }()
	calls := grpc.NewServer()
	healthv1.RegisterHealthServer(calls, health.NewServer())
	go func() { _ = calls.Serve(listen(t, host, "0.0.0.0:9090")) }()
	greet(t, listen(t, host, "0.0.0.0:7000"))
	t.Cleanup(func() { _ = echo.Close(); calls.Stop() })
}

func listen(t *testing.T, host *netns.Namespace, address string) (l net.Listener) {
	t.Helper()
	var err error
	host.Do(func() { l, err = net.Listen("tcp", address) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

const greeting = "welcome\n"

// greet speaks first and then says what it hears, line by line.
func greet(t *testing.T, l net.Listener) {
	t.Helper()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = io.WriteString(conn, greeting)
				_, _ = io.Copy(conn, conn)
			}()
		}
	}()
}

// session is a connection to a server that greets.
type session struct {
	net.Conn
	lines *bufio.Reader
}

// open waits for the greeting before it says a word.
func open(dial dialer, address string) (*session, error) {
	conn, err := dial(context.Background(), address)
	if err != nil {
		return nil, err
	}
	s := &session{conn, bufio.NewReader(conn)}
	if line, err := s.line(); err != nil || line != greeting {
		conn.Close()
		return nil, fmt.Errorf("the greeting is %q: %w", line, err)
	}
	return s, nil
}

func (s *session) line() (string, error) {
	if err := s.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	return s.lines.ReadString('\n')
}

func (s *session) echo() error {
	if _, err := io.WriteString(s, "hello\n"); err != nil {
		return err
	}
	if line, err := s.line(); err != nil || line != "hello\n" {
		return fmt.Errorf("the echo is %q: %w", line, err)
	}
	return nil
}

func client(dial dialer) *http.Client {
	return &http.Client{Timeout: patience, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(ctx context.Context, _, address string) (net.Conn, error) { return dial(ctx, address) },
	}}
}

func get(dial dialer, url string) (string, error) {
	answer, err := client(dial).Get(url)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = errors.New(answer.Status)
	}
	return string(body), err
}

// post sends a large body on a new connection, and wants it back and the caller named.
func post(dial dialer, url string) error {
	body := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	answer, err := client(dial).Post(url, "text/plain", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", answer.Status, got)
	}
	if who := answer.Header.Get("Caller"); err == nil && !strings.Contains(who, "spiffe://cluster.local/ns/front/sa/caller") {
		err = fmt.Errorf("the application sees the caller %q", who)
	}
	if err == nil && !bytes.Equal(got, body) {
		err = fmt.Errorf("of %d bytes %d came back", len(body), len(got))
	}
	return err
}

// check makes a gRPC call on a new connection.
func check(dial dialer, address string) error {
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) { return dial(ctx, address) }),
		grpc.WithDisableRetry())
	if err != nil {
		return err
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	answer, err := healthv1.NewHealthClient(conn).Check(ctx, &healthv1.HealthCheckRequest{})
	if err == nil && answer.Status != healthv1.HealthCheckResponse_SERVING {
		err = fmt.Errorf("the answer is %s", answer.Status)
	}
	return err
}
