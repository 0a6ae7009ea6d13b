package load

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"time"
)

// session is a line over plain TCP.
type session struct {
	conn    net.Conn
	in      *bufio.Reader
	timeout time.Duration
}

func openSession(address string, timeout time.Duration) func(context.Context) (line, error) {
	return func(ctx context.Context) (line, error) {
		d := net.Dialer{Timeout: timeout}
		conn, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, fmt.Errorf("open session: %w", err)
		}
		return session{conn, bufio.NewReader(conn), timeout}, nil
	}
}

func (s session) Say(message string) (string, error) {
	if err := s.conn.SetDeadline(time.Now().Add(s.timeout)); err != nil {
		return "", err
	}
	if _, err := fmt.Fprintln(s.conn, message); err != nil {
		return "", err
	}
	echo, err := s.in.ReadString('\n')
	return strings.TrimSuffix(echo, "\n"), err
}

func (s session) Close() { s.conn.Close() }
