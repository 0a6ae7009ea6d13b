package probe

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"sync"

	"github.com/weft-mesh/weft/examples/bookstore/once"
)

// Line says a word over TCP in a session of its own, and then in one that all calls share and that stays open. How the latter
// ends is told by a word with the prefix kept.
func Line(address string) Call {
	var mu sync.Mutex
	var kept net.Conn
	return func(ctx context.Context) string {
		own, err := dial(ctx, address)
		if err == nil {
			defer own.Close()
			err = echo(ctx, own)
		}
		if err != nil {
			return once.Reason(err)
		}
		mu.Lock()
		defer mu.Unlock()
		if kept == nil {
			if kept, err = dial(ctx, address); err != nil {
				return once.Reason(err)
			}
		}
		if err := echo(ctx, kept); err != nil {
			kept.Close()
			kept = nil
			return "kept-" + once.Reason(err)
		}
		return "ok"
	}
}

func dial(ctx context.Context, address string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", address)
}

// echo says a word and reads it back.
func echo(ctx context.Context, conn net.Conn) error {
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(conn, "word"); err != nil {
		return err
	}
	_, err := bufio.NewReader(conn).ReadString('\n')
	return err
}
