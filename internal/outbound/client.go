package outbound

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// Client posts JSON and gets answers.
type Client struct{ http http.Client }

// Options of a Client.
type Options struct {
	// Allowed says whether an address may be called; nil: Public.
	Allowed func(netip.Addr) error
	// Proxy is that of the environment when a proxy may be used; nil: none.
	Proxy func(*http.Request) (*url.URL, error)
}

// New makes a client.
func New(o Options) *Client {
	allowed := o.Allowed
	if allowed == nil {
		allowed = Public
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		return allowed(to.Addr().Unmap().WithZone(""))
	}}
	return &Client{http: http.Client{
		Transport: &http.Transport{
			Proxy: o.Proxy, DialContext: dialer.DialContext, TLSHandshakeTimeout: 10 * time.Second,
			MaxResponseHeaderBytes: 16 << 10, MaxIdleConnsPerHost: 1, IdleConnTimeout: 30 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// metadata are addresses beyond the link at which clouds tell a machine its credentials.
var metadata = []netip.Addr{
	netip.MustParseAddr("fd00:ec2::254"), netip.MustParseAddr("100.100.100.200"), netip.MustParseAddr("168.63.129.16"),
}

// Public refuses the machine itself, its link, groups, and the metadata of clouds.
func Public(a netip.Addr) error {
	bad := a.IsLoopback() || a.IsUnspecified() || a.IsMulticast() || a.IsLinkLocalUnicast()
	for _, m := range metadata {
		bad = bad || a == m
	}
	if bad {
		return refused{a}
	}
	return nil
}

type refused struct{ address netip.Addr }

func (r refused) Error() string { return fmt.Sprintf("the address %s may not be called", r.address) }

// Post sends a body and returns the status of the answer. Its errors do not name the URL: it may be a secret.
func (c *Client) Post(ctx context.Context, to string, body []byte, timeout time.Duration) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	response, err := c.do(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	response.Body.Close()
	return response.StatusCode, nil
}

// longest is how much of an answer is read.
const longest = 1 << 20

// Get returns the status and the body of the answer. A body of more than 1 MiB is an error. Errors do not name the URL.
func (c *Client) Get(ctx context.Context, from string, timeout time.Duration) (status int, body []byte, err error) {
	return c.read(ctx, http.MethodGet, from, nil, timeout)
}

// Ask posts a body and returns the answer as Get does.
func (c *Client) Ask(ctx context.Context, to string, question []byte, timeout time.Duration) (status int, body []byte, err error) {
	return c.read(ctx, http.MethodPost, to, bytes.NewReader(question), timeout)
}

func (c *Client) read(ctx context.Context, method, from string, question io.Reader, timeout time.Duration) (status int, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	response, err := c.do(ctx, method, from, question)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err = io.ReadAll(io.LimitReader(response.Body, longest+1))
	switch {
	case err != nil:
		return 0, nil, nameless(err)
	case len(body) > longest:
		return 0, nil, errors.New("the answer is too long")
	}
	return response.StatusCode, body, nil
}

func (c *Client) do(ctx context.Context, method, to string, body io.Reader) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, to, body)
	if err != nil {
		return nil, errors.New("the URL can't be read")
	}
	if s := request.URL.Scheme; s != "http" && s != "https" || request.URL.User != nil {
		return nil, errors.New("the URL is not one of http or https without a user")
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("User-Agent", "weft-operator")
	response, err := c.http.Do(request)
	if err != nil {
		return nil, nameless(err)
	}
	return response, nil
}

// nameless is an error in words that hold neither the URL nor ports and other details that change with each try.
func nameless(err error) error {
	var no refused
	var dns *net.DNSError
	var dial *net.OpError
	switch {
	case errors.As(err, &no):
		return no
	case errors.Is(err, context.DeadlineExceeded):
		return errors.New("no answer in time")
	case errors.Is(err, context.Canceled):
		return errors.New("the call was given up")
	case errors.As(err, &dns):
		return errors.New("the host's name has no address")
	case errors.As(err, &dial) && dial.Op == "dial":
		return errors.New("the host can't be reached")
	}
	return errors.New("the call failed: " + kind(err))
}

// kind is the innermost error without the URL that the outer ones have.
func kind(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var dial *net.OpError
	if errors.As(err, &dial) {
		err = dial.Err
	}
	return err.Error()
}
