// Package call sends one request and says what its caller saw of it: the answer, or where and why there was none.
package call

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"time"

	"github.com/weft-mesh/weft/examples/bookstore/once"
)

// Outcome is one line of JSON.
type Outcome struct {
	URL string `json:"url"`
	// Connected says that the TCP connection came about. Where a sidecar takes the caller's connections, it does so
	// whatever is behind it.
	Connected    bool   `json:"connected"`
	Status       int    `json:"status,omitempty"`
	Reason       string `json:"reason,omitempty"` // why there was no answer, in a word
	Milliseconds int64  `json:"milliseconds"`
}

// OK says that the request was answered with status 200.
func (o Outcome) OK() bool { return o.Status == http.StatusOK }

// Get asks once, on a connection of its own, for at most the timeout. The body is what has arrived of the answer's.
func Get(ctx context.Context, url string, timeout time.Duration) (o Outcome, body []byte, err error) {
	o = Outcome{URL: url}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { o.Connected = true },
	})
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return o, nil, fmt.Errorf("call: %w", err)
	}
	began := time.Now()
	o.Status, body, o.Reason = exchange(r)
	o.Milliseconds = time.Since(began).Milliseconds()
	return o, body, nil
}

func exchange(r *http.Request) (status int, body []byte, reason string) {
	transport := once.Kept()
	transport.DisableKeepAlives = true
	answer, err := once.Client(transport).Do(r)
	if err != nil {
		return 0, nil, once.Reason(err)
	}
	defer answer.Body.Close()
	if body, err = io.ReadAll(answer.Body); err != nil {
		return 0, body, once.Reason(err)
	}
	return answer.StatusCode, body, ""
}
