package probe

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
)

// Run makes the probe against a host, the pod's own address. No error means that the application is well.
func Run(ctx context.Context, s Spec, host string) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout())
	defer cancel()
	at := func(port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }
	switch {
	case s.HTTPGet != nil:
		return get(ctx, s.HTTPGet, at(s.HTTPGet.Port))
	case s.TCPSocket != nil:
		return open(ctx, at(s.TCPSocket.Port))
	default:
		return serving(ctx, s.GRPC, at(s.GRPC.Port))
	}
}

// probing has a connection of its own for each probe, as the kubelet does.
var probing = http.Client{
	Transport: &http.Transport{
		DialContext:       func(ctx context.Context, _, address string) (net.Conn, error) { return dial(ctx, address) },
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // the kubelet does not verify either
	},
	CheckRedirect: func(next *http.Request, earlier []*http.Request) error {
		if next.URL.Hostname() != earlier[0].URL.Hostname() || len(earlier) >= 10 {
			return http.ErrUseLastResponse
		}
		return nil
	},
}

func get(ctx context.Context, g *HTTPGet, host string) error {
	target, err := url.Parse(g.Path)
	if err != nil {
		return fmt.Errorf("path %q: %w", g.Path, err)
	}
	target.Scheme, target.Host = "http", host
	if strings.EqualFold(g.Scheme, "HTTPS") {
		target.Scheme = "https"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", "kube-probe/weft")
	for _, h := range g.Headers {
		if http.CanonicalHeaderKey(h.Name) == "Host" {
			request.Host = h.Value
			continue
		}
		request.Header.Add(h.Name, h.Value)
	}
	response, err := probing.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 10<<10))
	if response.StatusCode < 200 || response.StatusCode > 399 {
		return fmt.Errorf("GET %s: status %d", target, response.StatusCode)
	}
	return nil
}

func open(ctx context.Context, address string) error {
	conn, err := dial(ctx, address)
	if err != nil {
		return err
	}
	return conn.Close()
}

func serving(ctx context.Context, g *GRPC, address string) error {
	conn, err := grpc.NewClient("passthrough:///"+address,
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithContextDialer(dial),
		grpc.WithNoProxy(), grpc.WithDisableServiceConfig())
	if err != nil {
		return err
	}
	defer conn.Close()
	answer, err := grpc_health_v1.NewHealthClient(conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: g.Service})
	if err != nil {
		return fmt.Errorf("health check of %s: %w", address, err)
	}
	if answer.Status != grpc_health_v1.HealthCheckResponse_SERVING {
		return fmt.Errorf("health check of %s, service %q: %s", address, g.Service, answer.Status)
	}
	return nil
}
