// Package once is an HTTP client that sends every request at most once.
//
// Go's http.Transport sends a request again, without a word, when a kept-alive connection dies under it. A caller
// that hides its failures in this way cannot show that a mesh loses nothing.
package once

import (
	"io"
	"net/http"
	"strings"
	"time"
)

// IdleTimeout is shorter than the time for which a leaving server still answers (serve.Times), so no idle
// connection is left when that server closes.
const IdleTimeout = 2 * time.Second

// Client wraps a transport. It follows no redirect.
func Client(next *http.Transport) *http.Client {
	return &http.Client{
		Transport:     transport{next},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Kept is a transport that keeps as many connections as its load needs.
func Kept() *http.Transport {
	return &http.Transport{MaxIdleConnsPerHost: 1000, IdleConnTimeout: IdleTimeout}
}

type transport struct{ next *http.Transport }

// RoundTrip takes away what a second attempt needs: a request whose body cannot be rewound is never sent again. An
// empty body of unknown length counts as such, and adds no byte to a GET.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	single := r.WithContext(r.Context())
	single.GetBody = nil
	if single.Body == nil || single.Body == http.NoBody {
		single.Body = io.NopCloser(strings.NewReader(""))
		single.ContentLength = -1
	}
	return t.next.RoundTrip(single)
}

func (t transport) CloseIdleConnections() { t.next.CloseIdleConnections() }
