package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

const (
	// summaryPath reaches the load generator through the API server, so no port has to be opened.
	summaryPath = "/api/v1/namespaces/" + namespace + "/services/load:metrics/proxy/summary"

	pollEvery = 2 * time.Second
	pollLimit = 2 * time.Minute
)

// showLoad waits until this run of the demo has seen a thousand requests.
func (d *demo) showLoad(ctx context.Context) error {
	const enough = 1000
	d.say.line("load: waiting for %d requests (200 per second, one gRPC stream, one TCP session)", enough)
	before, err := d.awaitRequests(ctx, 1)
	if err != nil {
		return err
	}
	after, err := d.awaitRequests(ctx, before.ended()+enough)
	if err != nil {
		return err
	}
	return d.reportLoad("load", before, after)
}

// awaitRequests polls until so many requests have ended in all. A reading that fails is tried again: just after a
// rollout the API server may not know the new pod yet.
func (d *demo) awaitRequests(ctx context.Context, enough int) (summary, error) {
	ctx, cancel := context.WithTimeout(ctx, pollLimit)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		now, err := readLoad(ctx)
		if err == nil && now.ended() >= enough {
			return now, nil
		}
		state := fmt.Sprintf("%d requests so far, waiting for %d", now.ended(), enough)
		if err != nil {
			state = err.Error()
		}
		d.say.detail(state)
		select {
		case <-ctx.Done():
			return summary{}, fmt.Errorf("%s: %w", state, ctx.Err())
		case <-tick.C:
		}
	}
}

func (d *demo) reportLoad(what string, before, after summary) error {
	seen, err := after.since(before)
	if err != nil {
		return err
	}
	d.say.line("%s: %s", what, seen)
	for _, reason := range seen.reasons() {
		d.say.detail(reason)
	}
	return nil
}

func readLoad(ctx context.Context) (summary, error) {
	text, err := output(ctx, "", "kubectl", "get", "--raw", summaryPath)
	if err != nil {
		return summary{}, err
	}
	var s summary
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return summary{}, fmt.Errorf("summary of the load: %w", err)
	}
	return s, nil
}
