package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/weft-mesh/weft/examples/bookstore/call"
	"github.com/weft-mesh/weft/examples/bookstore/frontend"
	"github.com/weft-mesh/weft/examples/bookstore/load"
	"github.com/weft-mesh/weft/examples/bookstore/probe"
	"github.com/weft-mesh/weft/examples/bookstore/ratings"
	"github.com/weft-mesh/weft/examples/bookstore/reviews"
	"github.com/weft-mesh/weft/examples/bookstore/serve"
)

// options that every server has.
type options struct {
	*flag.FlagSet
	listen *string
	leave  *time.Duration
}

func newOptions(role string) options {
	f := flag.NewFlagSet(role, flag.ExitOnError)
	return options{
		FlagSet: f,
		listen:  f.String("listen", ":8080", "address for HTTP"),
		leave:   f.Duration("leave", serve.Default.Leave, "how long to go on answering after SIGTERM"),
	}
}

func (o options) times() serve.Times {
	return serve.Times{Leave: *o.leave, Finish: serve.Default.Finish}
}

func frontendRole(ctx context.Context, args []string) error {
	o := newOptions("frontend")
	url := o.String("reviews", "http://reviews:8080", "URL of reviews")
	patience := o.Duration("patience", time.Second, "give up an answer of reviews after this time")
	o.Parse(args)
	l, err := net.Listen("tcp", *o.listen)
	if err != nil {
		return err
	}
	d := serve.NewDrain()
	return serve.Run(ctx, d, o.times(), serve.HTTP(l, frontend.Handler(*url, *patience), d))
}

func reviewsRole(ctx context.Context, args []string) error {
	o := newOptions("reviews")
	url := o.String("ratings", "http://ratings:8080", "URL of ratings")
	change := o.String("switch", "", "address where another fault can be put in force, empty for none")
	work := o.Int("work", 0, "how many KiB each request hashes, to use CPU time")
	o.Parse(args)
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	fault, err := reviews.ParseLimited(os.Getenv("FAULT"), host)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", *o.listen)
	if err != nil {
		return err
	}
	d, s := serve.NewDrain(), reviews.NewSwitch(fault)
	parts := []serve.Part{serve.HTTP(l, reviews.Work(*work, reviews.Handler(os.Getenv("VERSION"), *url, s)), d)}
	if *change != "" {
		l, err := net.Listen("tcp", *change)
		if err != nil {
			return err
		}
		parts = append(parts, serve.HTTP(l, s, d))
	}
	return serve.Run(ctx, d, o.times(), parts...)
}

func ratingsRole(ctx context.Context, args []string) error {
	o := newOptions("ratings")
	grpc := o.String("grpc", ":9090", "address for the gRPC stream")
	tcp := o.String("tcp", ":9091", "address for the TCP session")
	o.Parse(args)
	fault, err := ratings.ParseFault(os.Getenv("FAULT"))
	if err != nil {
		return err
	}
	addresses := []string{*o.listen, *grpc, *tcp}
	if fault == ratings.LinesAbsent {
		addresses = addresses[:2]
	}
	var listeners []net.Listener
	for _, address := range addresses {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return err
		}
		listeners = append(listeners, l)
	}
	d := serve.NewDrain()
	parts := []serve.Part{serve.HTTP(listeners[0], ratings.Handler(), d), serve.GRPC(listeners[1], ratings.Stream(d, fault))}
	for _, l := range listeners[2:] {
		parts = append(parts, ratings.Lines(l, d, fault))
	}
	return serve.Run(ctx, d, o.times(), parts...)
}

func loadRole(ctx context.Context, args []string) error {
	var c load.Config
	f := flag.NewFlagSet("load", flag.ExitOnError)
	c.Flags(f)
	f.Parse(args)
	summary, err := load.Run(ctx, c, os.Stdout)
	if err != nil {
		return err
	}
	fmt.Print(summary)
	if !summary.Clean() {
		return errors.New("something failed, see the summary")
	}
	return nil
}

// callRole prints what it saw as one line of JSON, or only the body of an answer that is OK.
func callRole(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("call", flag.ExitOnError)
	timeout := f.Duration("timeout", 3*time.Second, "give up after this time")
	onlyBody := f.Bool("body", false, "print the body of the answer instead of a line about it")
	f.Parse(args)
	if f.NArg() != 1 {
		return errors.New("usage: bookstore call [flags] URL")
	}
	outcome, body, err := call.Get(ctx, f.Arg(0), *timeout)
	if err != nil {
		return err
	}
	if *onlyBody && outcome.OK() {
		_, err := os.Stdout.Write(body)
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(outcome); err != nil {
		return err
	}
	if !outcome.OK() {
		return errors.New("the call was not answered with status 200")
	}
	return nil
}

// probeRole is a caller of one service: of reviews, or of ratings over gRPC or TCP.
func probeRole(ctx context.Context, args []string) error {
	c := probe.Config{Report: 5 * time.Second}
	f := flag.NewFlagSet("probe", flag.ExitOnError)
	f.IntVar(&c.Rate, "rate", 30, "calls per second")
	f.DurationVar(&c.Timeout, "timeout", time.Second, "give up an answer after this time")
	url := f.String("reviews", "http://reviews:8080/reviews", "where to post a review")
	address := f.String("grpc", "", "address to call over gRPC instead")
	lines := f.String("lines", "", "address to talk to over TCP instead")
	f.Parse(args)
	call := probe.Review(*url)
	if *lines != "" {
		call = probe.Line(*lines)
	}
	if *address != "" {
		var err error
		if call, err = probe.Empty(*address); err != nil {
			return err
		}
	}
	return probe.Run(ctx, c, call, os.Stdout)
}

// waitRole is for a pod that is there to be called from by hand.
func waitRole(ctx context.Context, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("wait takes no argument, got %q", args[0])
	}
	<-ctx.Done()
	return nil
}
