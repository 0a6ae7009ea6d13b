package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// account attributes every failure that the load has seen: to a bad version while it had a share of the requests, or
// to nobody. The second kind must not exist.
type account struct {
	first, last summary
	attributed  []string
	unexplained []string
}

// blame is what a bad version does to the load's requests while it has a share.
type blame struct {
	reason  string // of each failure, as the load counts it
	version string // that the answers name
}

// unexplained lists the failures of a window that the blame does not cover; without one, all of them.
func unexplained(seen summary, b *blame) []string {
	var lines []string
	for _, reason := range slices.Sorted(maps.Keys(seen.Failures)) {
		if b == nil || reason != b.reason {
			lines = append(lines, fmt.Sprintf("%d failed: %s", seen.Failures[reason], reason))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(seen.Versions)) {
		if failed := seen.Versions[name].Failed; b != nil && name != b.version && failed > 0 {
			lines = append(lines, fmt.Sprintf("%d failed that version %s has answered", failed, name))
		}
	}
	if n := seen.Stream.Failed; n > 0 {
		lines = append(lines, fmt.Sprintf("the gRPC stream broke %d times", n))
	}
	if n := seen.Session.Failed; n > 0 {
		lines = append(lines, fmt.Sprintf("the TCP session broke %d times", n))
	}
	return lines
}

func (d *demo) beginAccount(ctx context.Context) error {
	const enough = 1000
	d.say.line("load: 200 requests a second, one gRPC stream, one TCP session; waiting for %d requests", enough)
	first, err := d.awaitRequests(ctx, 1)
	if err != nil {
		return err
	}
	d.book = account{first: first, last: first}
	if _, err := d.awaitRequests(ctx, first.ended()+enough); err != nil {
		return err
	}
	return d.closeWindow(ctx, "load", nil)
}

// closeWindow looks at what has happened since the last look.
func (d *demo) closeWindow(ctx context.Context, what string, b *blame) error {
	now, err := readLoad(ctx)
	if err != nil {
		return err
	}
	return d.enter(what, now, b)
}

// enter takes a reading as the end of a window.
func (d *demo) enter(what string, now summary, b *blame) error {
	seen, err := now.since(d.book.last)
	if err != nil {
		return err
	}
	d.book.last = now
	d.say.line("%s: %s", what, seen)
	for _, text := range unexplained(seen, b) {
		d.say.line("%s: NOT EXPECTED: %s", what, text)
		d.book.unexplained = append(d.book.unexplained, what+": "+text)
	}
	if b == nil {
		return nil
	}
	if n := seen.Failures[b.reason]; n > 0 {
		d.book.attributed = append(d.book.attributed, fmt.Sprintf("%s: %d failed with %q", what, n, b.reason))
	}
	return nil
}

// settleAccount is the end of the demo. It fails if a failure is left that no bad version explains, or if a retry may
// hide one.
func (d *demo) settleAccount(ctx context.Context) error {
	all, err := d.book.last.since(d.book.first)
	if err != nil {
		return err
	}
	retries, pods, err := countRetries(ctx)
	if err != nil {
		return err
	}
	d.say.line("in all: %s; p99 %.1f ms; retried: %d by %d sidecars", all, all.P99, retries, pods)
	for _, text := range d.book.attributed {
		d.say.line("in all: %s", text)
	}
	d.say.line("in all: %d failures that no bad version explains", len(d.book.unexplained))
	return d.book.verdict(retries)
}

func (a account) verdict(retries int) error {
	var errs []error
	for _, text := range a.unexplained {
		errs = append(errs, errors.New(text))
	}
	if retries > 0 {
		errs = append(errs, fmt.Errorf("sidecars have retried %d requests, and a retry may hide a failure", retries))
	}
	return errors.Join(errs...)
}
