// Package serve runs the servers of one process and ends them in an order that loses nothing.
//
// When the context ends: readiness fails and every answer asks its caller to leave the connection (Drain); for a
// while everything is still answered, because callers learn late that this pod is going; then the listeners close
// and what is in flight is finished.
package serve

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Part is one server. Serve returns nil after Stop; Stop returns when what was in flight is answered.
type Part interface {
	Serve() error
	Stop(context.Context) error
}

type Times struct {
	Leave  time.Duration // from the end of the context to closed listeners
	Finish time.Duration // for what is then still in flight
}

// Default leaves longer than a caller keeps an idle connection (once.IdleTimeout).
var Default = Times{Leave: 5 * time.Second, Finish: 10 * time.Second}

func Run(ctx context.Context, d *Drain, t Times, parts ...Part) error {
	ended := make(chan error, len(parts))
	for _, p := range parts {
		go func() { ended <- p.Serve() }()
	}
	if err := untilDone(ctx, ended); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	d.Begin()
	leave, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.Leave)
	defer cancel()
	if err := untilDone(leave, ended); err != nil {
		return fmt.Errorf("serve while leaving: %w", err)
	}
	return stop(context.WithoutCancel(ctx), t.Finish, parts)
}

func untilDone(ctx context.Context, ended <-chan error) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-ended:
		return err
	}
}

func stop(ctx context.Context, limit time.Duration, parts []Part) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	stopped := make(chan error, len(parts))
	for _, p := range parts {
		go func() { stopped <- p.Stop(ctx) }()
	}
	var errs []error
	for range parts {
		errs = append(errs, <-stopped)
	}
	return errors.Join(errs...)
}
