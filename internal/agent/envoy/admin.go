package envoy

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Admin is Envoy's admin interface.
type Admin struct {
	URL    string // http://127.0.0.1:15000
	client http.Client
}

// adminTimeout is long for an interface on loopback, since Envoy's main thread may be busy.
const adminTimeout = 2 * time.Second

// dumpTimeout is enough for a configuration of many megabytes.
const dumpTimeout = 30 * time.Second

// Live says whether Envoy has its first configuration and serves.
func (a *Admin) Live(ctx context.Context) error {
	_, err := a.call(ctx, http.MethodGet, "/ready")
	return err
}

// DrainInbound lets callers go elsewhere: for Envoy's drain time it takes new inbound connections and asks open ones to
// end, then it refuses new ones. What the application opens is untouched.
func (a *Admin) DrainInbound(ctx context.Context) error {
	_, err := a.call(ctx, http.MethodPost, "/drain_listeners?graceful&inboundonly")
	return err
}

// Connections are those of the inbound listener.
type Connections struct {
	Open  uint64
	Total uint64 // since Envoy's start
}

// Inbound counts the connections of the inbound listener.
func (a *Admin) Inbound(ctx context.Context) (Connections, error) {
	text, err := a.call(ctx, http.MethodGet, `/stats?filter=^listener\..*\.downstream_cx_(active|total)$`)
	if err != nil {
		return Connections{}, err
	}
	return inbound(text)
}

// inbound adds up the listeners at the inbound port, or named for it. Each worker's part is in its listener's.
func inbound(text string) (Connections, error) {
	var sum Connections
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), ": ")
		ours := strings.Contains(name, "_15006.") || strings.HasPrefix(name, "listener.inbound.")
		if !ok || !ours || strings.Contains(name, ".worker_") {
			continue
		}
		n, err := strconv.ParseUint(value, 10, 64)
		switch {
		case err != nil:
			return Connections{}, fmt.Errorf("read envoy's statistic %s: %w", name, err)
		case strings.HasSuffix(name, "_active"):
			sum.Open += n
		default:
			sum.Total += n
		}
	}
	return sum, lines.Err()
}

// ConfigDump writes the configuration that Envoy has, with its endpoints, as Envoy's JSON. Envoy takes private keys out.
func (a *Admin) ConfigDump(ctx context.Context, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, dumpTimeout)
	defer cancel()
	body, err := a.open(ctx, http.MethodGet, "/config_dump?include_eds")
	if err != nil {
		return err
	}
	defer body.Close()
	if _, err := io.Copy(out, body); err != nil {
		return fmt.Errorf("pass on envoy's configuration: %w", err)
	}
	return nil
}

func (a *Admin) call(ctx context.Context, method, path string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, adminTimeout)
	defer cancel()
	body, err := a.open(ctx, method, path)
	if err != nil {
		return "", err
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, 1<<20))
	if err != nil {
		return "", fmt.Errorf("ask envoy for %s: %w", path, err)
	}
	return string(text), nil
}

// open returns the body of Envoy's answer. Any answer but 200 is an error.
func (a *Admin) open(ctx context.Context, method, path string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, method, a.URL+path, nil)
	if err != nil {
		return nil, err
	}
	response, err := a.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask envoy: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		defer response.Body.Close()
		reason, _ := io.ReadAll(io.LimitReader(response.Body, 1<<10))
		return nil, fmt.Errorf("envoy answers %s with %d: %s", path, response.StatusCode, strings.TrimSpace(string(reason)))
	}
	return response.Body, nil
}
