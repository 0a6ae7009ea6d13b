package load

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/url"
)

// locate looks the target's name up, once for the whole load: a hundred new connections a second would otherwise be
// a hundred lookups a second, and the load would measure the DNS server.
func locate(ctx context.Context, target string) (address string, err error) {
	u, err := url.Parse(target)
	if err != nil {
		return "", fmt.Errorf("target: %w", err)
	}
	found, err := net.DefaultResolver.LookupHost(ctx, u.Hostname())
	if err != nil {
		return "", err
	}
	return net.JoinHostPort(found[0], cmp.Or(u.Port(), "80")), nil
}

func dialTo(address string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, address)
	}
}
