package operator

import (
	"context"
	"fmt"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
)

// FirstWait and MostWait bound the wait between attempts to connect.
const (
	FirstWait = 100 * time.Millisecond
	MostWait  = 2 * time.Second
)

// deadAfter is how long an operator may leave bytes unacknowledged before the connection counts as lost.
const deadAfter = 15 * time.Second

// maxMessage is more than any response of ADS: all endpoints of a large mesh.
const maxMessage = 256 << 20

// Options say where the operator is.
type Options struct {
	Address string // host:port
	Name    string // in the operator's certificate
	Token   string // path
}

// Dial makes the connection. It does not wait for the operator to be there.
func Dial(o Options, trust *Trust) (*grpc.ClientConn, error) {
	conn, err := grpc.NewClient("passthrough:///"+o.Address,
		grpc.WithTransportCredentials(transport{trust: trust, name: o.Name}),
		grpc.WithPerRPCCredentials(token{path: o.Token}),
		grpc.WithContextDialer(dialTCP),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: FirstWait, Multiplier: 1.6, Jitter: 0.2, MaxDelay: MostWait},
			MinConnectTimeout: 5 * time.Second,
		}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.WaitForReady(true)),
		grpc.WithNoProxy(), grpc.WithDisableServiceConfig(), grpc.WithIdleTimeout(0),
	)
	if err != nil {
		return nil, fmt.Errorf("prepare the connection to the operator at %s: %w", o.Address, err)
	}
	return conn, nil
}

// dialTCP lets the kernel find out that a peer has vanished, which needs nothing of the operator.
func dialTCP(ctx context.Context, address string) (net.Conn, error) {
	dialer := net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 5 * time.Second, Count: 2},
		Control: func(_, _ string, raw syscall.RawConn) error {
			var failed error
			if err := raw.Control(func(fd uintptr) {
				failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(deadAfter.Milliseconds()))
			}); err != nil {
				return err
			}
			return failed
		},
	}
	return dialer.DialContext(ctx, "tcp", address)
}
