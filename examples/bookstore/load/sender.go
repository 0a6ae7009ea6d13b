package load

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/weft-mesh/weft/examples/bookstore/once"
)

// sender sends planned requests and counts their outcomes.
type sender struct {
	target  string
	timeout time.Duration
	fresh   *http.Client
	kept    *http.Client
	counts  *counts
}

func newSender(c Config, address string, n *counts) sender {
	fresh, kept := once.Kept(), once.Kept()
	fresh.DisableKeepAlives = true
	fresh.DialContext, kept.DialContext = dialTo(address), dialTo(address)
	return sender{c.Target, c.Timeout, once.Client(fresh), once.Client(kept), n}
}

func (s sender) send(n int) {
	p := plan(n)
	s.counts.sent(p)
	begin := time.Now()
	version, err := s.exchange(p)
	s.counts.done(version, begin, time.Since(begin), err)
}

// exchange has its own time limit only: when the load ends, what is in flight is still waited for.
func (s sender) exchange(p shot) (version string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), s.timeout)
	defer cancel()
	r, err := s.request(ctx, p)
	if err != nil {
		return "", err
	}
	client := s.kept
	if p.fresh {
		client = s.fresh
	}
	answer, err := client.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	version = answer.Header.Get("x-version")
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return version, err
	}
	if answer.StatusCode != http.StatusOK {
		return version, refusal(answer)
	}
	return version, verify(p, body)
}

func (s sender) request(ctx context.Context, p shot) (*http.Request, error) {
	method, path, body := http.MethodGet, "/page?id="+p.id, io.Reader(nil)
	if p.body != nil {
		method, path, body = http.MethodPost, "/review", bytes.NewReader(p.body)
	}
	r, err := http.NewRequestWithContext(ctx, method, s.target+path, body)
	if err != nil {
		return nil, fmt.Errorf("request %s: %w", p.id, err)
	}
	r.Header.Set("x-load-id", p.id)
	return r, nil
}

func refusal(answer *http.Response) failure {
	reason := strconv.Itoa(answer.StatusCode)
	if at := answer.Header.Get("x-failed-at"); at != "" {
		reason += " " + at
	}
	return failure(reason)
}
