package main

import (
	"context"
	"encoding/json"
	"fmt"
)

// theLoad is read from inside its pod: mutual TLS keeps the API server's proxy out as it does everybody.
var theLoad = caller{namespace, "deployment/load", "load"}

const summaryURL = "http://127.0.0.1:8081/summary"

func readLoad(ctx context.Context) (summary, error) {
	text, err := theLoad.get(ctx, summaryURL)
	if err != nil {
		return summary{}, err
	}
	var s summary
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return summary{}, fmt.Errorf("summary of the load: %w", err)
	}
	return s, nil
}

// awaitRequests waits until so many requests have ended in all.
func (d *demo) awaitRequests(ctx context.Context, enough int) (now summary, err error) {
	err = d.poll(ctx, func(ctx context.Context) (bool, string) {
		if now, err = readLoad(ctx); err != nil {
			return false, err.Error()
		}
		return now.ended() >= enough, fmt.Sprintf("load: waiting for request %d", enough)
	})
	return now, err
}

// tail is how many requests end, at 200 a second, in a time longer than the frontend waits for an answer: when so many
// more have ended, those that were in flight have too.
const tail = 600

func (d *demo) awaitTail(ctx context.Context) (summary, error) {
	now, err := readLoad(ctx)
	if err != nil {
		return summary{}, err
	}
	return d.awaitRequests(ctx, now.Sent+tail)
}
