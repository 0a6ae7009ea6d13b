package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

const (
	pollEvery = time.Second
	pollLimit = 2 * time.Minute
)

// poll asks until it is done. The latest state is shown when it changes, and is in the error.
func (d *demo) poll(ctx context.Context, ask func(context.Context) (done bool, state string)) error {
	ctx, cancel := context.WithTimeout(ctx, pollLimit)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for said := ""; ; {
		done, state := ask(ctx)
		if done {
			return nil
		}
		if state != said {
			d.say.detail(state)
			said = state
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", state, ctx.Err())
		case <-tick.C:
		}
	}
}

// watch follows one object by "kubectl get ARGS --watch" until see is done or fails. A watch that ends is begun again.
func watch[T any](ctx context.Context, limit time.Duration, see func(T) (done bool, err error), args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	args = append([]string{"get", "--watch", "-o", "json"}, args...)
	for {
		err := watchOnce(ctx, see, args)
		if !errors.Is(err, errWatchEnded) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", err, ctx.Err())
		case <-time.After(pollEvery):
		}
	}
}

var errWatchEnded = errors.New("the watch ended")

func watchOnce[T any](ctx context.Context, see func(T) (bool, error), args []string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var complaint bytes.Buffer
	c := exec.CommandContext(ctx, "kubectl", args...)
	c.Stderr = &complaint
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return named(err, "kubectl", args)
	}
	err = decodeAll(out, see)
	cancel()
	if ended := c.Wait(); ended != nil && errors.Is(err, errWatchEnded) {
		return fmt.Errorf("%w: %w: %s", err, named(ended, "kubectl", args), strings.TrimSpace(complaint.String()))
	}
	return err
}

// decodeAll shows one object after the other to see.
func decodeAll[T any](in io.Reader, see func(T) (bool, error)) error {
	for objects := json.NewDecoder(in); ; {
		var object T
		if err := objects.Decode(&object); err != nil {
			return fmt.Errorf("%w: %w", errWatchEnded, err)
		}
		if done, err := see(object); done || err != nil {
			return err
		}
	}
}
