package load

import (
	"context"
	"fmt"
	"io"
	"time"
)

const retryStart = 500 * time.Millisecond

// start waits until the bookstore answers a page for the first time, so that the counts begin when it is up.
func start(ctx context.Context, c Config, out io.Writer, n *counts) (sender, error) {
	tick := time.NewTicker(retryStart)
	defer tick.Stop()
	said := ""
	for {
		s, err := try(ctx, c, n)
		if err == nil {
			n.begin(time.Now())
			return s, nil
		}
		if text := err.Error(); text != said {
			fmt.Fprintf(out, "waiting for %s: %s\n", c.Target, text)
			said = text
		}
		select {
		case <-ctx.Done():
			return sender{}, fmt.Errorf("%s never answered: %w", c.Target, err)
		case <-tick.C:
		}
	}
}

func try(ctx context.Context, c Config, n *counts) (sender, error) {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	address, err := locate(ctx, c.Target)
	if err != nil {
		return sender{}, err
	}
	s := newSender(c, address, n)
	_, err = s.exchange(shot{id: "first", fresh: true})
	return s, err
}
