package node

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/weft-mesh/weft/hack/testbed/internal/layout"
)

// Client gives orders to the init of one node.
type Client struct {
	Name string
	http http.Client
}

// Dial makes a client; it connects when first used.
func Dial(dir layout.Dir, name string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket(dir, name))
	}
	return &Client{Name: name, http: http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}
}

// Start runs a component; it is an error when it runs already.
func (c *Client) Start(ctx context.Context, component Component) error {
	body, err := json.Marshal(component)
	if err != nil {
		return err
	}
	_, err = c.do(ctx, http.MethodPost, "/components", body)
	return err
}

// Restart runs an ended component again as it was started last.
func (c *Client) Restart(ctx context.Context, name string) error {
	_, err := c.do(ctx, http.MethodPost, "/components/"+name+"/restart", nil)
	return err
}

// Signal sends a signal to a running component.
func (c *Client) Signal(ctx context.Context, name string, sig syscall.Signal) error {
	_, err := c.do(ctx, http.MethodPost, fmt.Sprintf("/components/%s/signal/%d", name, int(sig)), nil)
	return err
}

// List tells the state of all components, by name.
func (c *Client) List(ctx context.Context) ([]Status, error) {
	body, err := c.do(ctx, http.MethodGet, "/components", nil)
	if err != nil {
		return nil, err
	}
	var all []Status
	return all, json.Unmarshal(body, &all)
}

// Status tells the state of one component.
func (c *Client) Status(ctx context.Context, name string) (Status, error) {
	all, err := c.List(ctx)
	if err != nil {
		return Status{}, err
	}
	for _, st := range all {
		if st.Name == name {
			return st, nil
		}
	}
	return Status{}, fmt.Errorf("%s has no component %s", c.Name, name)
}

func (c *Client) do(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+c.Name+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the init of %s: %w", c.Name, err)
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, errors.New(strings.TrimSpace(string(out)))
	}
	return out, nil
}
