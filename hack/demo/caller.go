package main

import (
	"context"
	"encoding/json"
	"fmt"
)

// caller is a container from which this demo calls the bookstore.
type caller struct{ namespace, pod, container string }

// sight is what a caller saw.
type sight struct {
	Connected    bool   `json:"connected"`
	Status       int    `json:"status"`
	Reason       string `json:"reason"`
	Milliseconds int    `json:"milliseconds"`
}

// run is a command of the bookstore program inside the caller.
func (c caller) run(ctx context.Context, args ...string) (string, error) {
	return output(ctx, "", "kubectl", append([]string{"-n", c.namespace, "exec", c.pod, "-c", c.container, "--", "/bookstore"}, args...)...)
}

// call fails only if there was no call. The program ends with code 1 if the call had no good answer.
func (c caller) call(ctx context.Context, url string) (sight, error) {
	out, failed := c.run(ctx, "call", "--timeout=3s", url)
	var s sight
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		return sight{}, fmt.Errorf("call from %s/%s: %q: %w: %w", c.namespace, c.pod, out, err, failed)
	}
	return s, nil
}

// get returns the body of an answer that is OK.
func (c caller) get(ctx context.Context, url string) (string, error) {
	return c.run(ctx, "call", "--body", url)
}

func (s sight) String() string {
	switch {
	case s.Status != 0:
		return fmt.Sprintf("HTTP %d", s.Status)
	case s.Connected:
		return "connected, then " + s.Reason
	}
	return fmt.Sprintf("no connection: %s after %d ms", s.Reason, s.Milliseconds)
}

// hungUp says that the other side took the connection and ended it without an answer: its Envoy wants mutual TLS.
func (s sight) hungUp() bool {
	return s.Connected && s.Status == 0 && (s.Reason == "reset" || s.Reason == "closed")
}

// dropped says that no connection came about. Engines of NetworkPolicy drop packets or answer with an ICMP message.
func (s sight) dropped() bool {
	return !s.Connected && (s.Reason == "timeout" || s.Reason == "refused" || s.Reason == "unreachable")
}

// expect makes a call and fails if its caller did not see what it should.
func (d *demo) expect(ctx context.Context, c caller, what, url string, want func(sight) bool) error {
	got, err := c.call(ctx, url)
	if err != nil {
		return err
	}
	d.say.line("%s: %s", what, got)
	if !want(got) {
		return fmt.Errorf("%s, GET %s: that is not what should happen: %s", what, url, got)
	}
	return nil
}

func status(want int) func(sight) bool { return func(s sight) bool { return s.Status == want } }

func unanswered(s sight) bool { return s.Status != 200 }
