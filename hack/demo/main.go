// Command demo shows the example application on a cluster, one line per thing as it happens. It leaves the cluster up.
//
//	demo       start the test bed, deploy the bookstore under load, restart a part of it
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
	f.StringVar(&o.cluster, "cluster", onTestbed, "testbed, or current for the cluster of the current kubeconfig")
	f.StringVar(&o.testbed, "testbed", "bin/testbed", "path of the testbed program")
	f.StringVar(&o.image, "image", "", "bookstore image to use; without it one is built (test bed only)")
	f.StringVar(&o.root, "root", ".", "root of the repository")
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
