// Command bookstore is the example application: one binary, several roles. It knows nothing of a mesh.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

var roles = map[string]func(ctx context.Context, args []string) error{
	"frontend": frontendRole,
	"reviews":  reviewsRole,
	"ratings":  ratingsRole,
	"load":     loadRole,
	"call":     callRole,
	"probe":    probeRole,
	"wait":     waitRole,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bookstore:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 || roles[args[0]] == nil {
		return fmt.Errorf("usage: bookstore frontend|reviews|ratings|load|call|probe|wait [flags]")
	}
	return roles[args[0]](ctx, args[1:])
}
