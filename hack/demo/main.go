// Command demo shows weft on a cluster, one line for each thing as it happens. It leaves the cluster up.
//
//	demo       start the test bed, install weft, deploy the bookstore, refuse callers, release three versions
//	demo down  remove what demo has made
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	var o options
	f := flag.NewFlagSet("demo", flag.ExitOnError)
	o.flags(f)
	down := len(args) > 0 && args[0] == "down"
	if down {
		args = args[1:]
	}
	f.Parse(args)
	if f.NArg() > 0 {
		return fmt.Errorf("unknown argument %q", f.Arg(0))
	}
	if err := o.check(); err != nil {
		return err
	}
	d := demo{options: o, say: &sayer{out: os.Stdout, began: time.Now()}}
	if down {
		return d.down(ctx)
	}
	return d.up(ctx)
}
