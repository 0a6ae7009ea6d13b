package load

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/weft-mesh/weft/examples/bookstore/serve"
)

// Run sends the load until the context ends or a limit of the configuration is reached. It returns what it counted.
func Run(ctx context.Context, c Config, out io.Writer) (Summary, error) {
	if c.Rate < 1 || c.Pace <= 0 || c.Report <= 0 || c.Timeout <= 0 {
		return Summary{}, fmt.Errorf("rate, pace, report and timeout must be positive")
	}
	n := newCounts()
	n.slow = c.Slow
	stopShow, err := show(ctx, c.Listen, n)
	if err != nil {
		return Summary{}, err
	}
	defer stopShow()
	s, err := start(ctx, c, out, n)
	if err != nil {
		return Summary{}, err
	}
	if c.Duration > 0 {
		limited, cancel := context.WithTimeout(ctx, c.Duration)
		defer cancel()
		ctx = limited
	}
	work(ctx, c, s, n, out)
	return n.summary(time.Now()), nil
}

// work ends when the requests end; the conversations and the report then end too.
func work(ctx context.Context, c Config, s sender, n *counts, out io.Writer) {
	beside, cancel := context.WithCancel(ctx)
	var others sync.WaitGroup
	defer others.Wait()
	defer cancel()
	others.Go(func() { report(beside, c.Report, n, out) })
	if c.Stream != "" {
		others.Go(func() { conversation{openStream(c.Stream, c.Timeout), c.Pace, n.stream}.run(beside) })
	}
	if c.Session != "" {
		others.Go(func() { conversation{openSession(c.Session, c.Timeout), c.Pace, n.session}.run(beside) })
	}
	schedule(ctx, c.Rate, c.Max, s.send)
}

func report(ctx context.Context, every time.Duration, n *counts, out io.Writer) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for wait(ctx, tick.C) {
		fmt.Fprintln(out, n.summary(time.Now()).Line())
	}
}

// show serves the counts, from before the first request until stop.
func show(ctx context.Context, address string, n *counts) (stop func(), err error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("show the counts: %w", err)
	}
	part := serve.HTTP(l, handler(n), serve.NewDrain())
	go part.Serve()
	return func() { part.Stop(context.WithoutCancel(ctx)) }, nil
}
