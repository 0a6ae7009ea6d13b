package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/weft-mesh/weft/examples/bookstore/frontend"
	"github.com/weft-mesh/weft/examples/bookstore/load"
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
	o.Parse(args)
	l, err := net.Listen("tcp", *o.listen)
	if err != nil {
		return err
	}
	d := serve.NewDrain()
	return serve.Run(ctx, d, o.times(), serve.HTTP(l, frontend.Handler(*url), d))
}

func reviewsRole(ctx context.Context, args []string) error {
	o := newOptions("reviews")
	url := o.String("ratings", "http://ratings:8080", "URL of ratings")
	o.Parse(args)
	fault, err := reviews.ParseFault(os.Getenv("FAULT"))
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", *o.listen)
	if err != nil {
		return err
	}
	d := serve.NewDrain()
	return serve.Run(ctx, d, o.times(), serve.HTTP(l, reviews.Handler(os.Getenv("VERSION"), *url, fault), d))
}

func ratingsRole(ctx context.Context, args []string) error {
	o := newOptions("ratings")
	grpc := o.String("grpc", ":9090", "address for the gRPC stream")
	tcp := o.String("tcp", ":9091", "address for the TCP session")
	o.Parse(args)
	var listeners [3]net.Listener
	for i, address := range []string{*o.listen, *grpc, *tcp} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return err
		}
		listeners[i] = l
	}
	d := serve.NewDrain()
	return serve.Run(ctx, d, o.times(),
		serve.HTTP(listeners[0], ratings.Handler(), d),
		serve.GRPC(listeners[1], ratings.Stream(d)),
		ratings.Lines(listeners[2], d))
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
