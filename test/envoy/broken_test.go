package envoy

import (
	"testing"

	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"google.golang.org/protobuf/types/known/anypb"
)

// withoutPath takes the path out of each match of a route configuration, which Envoy demands.
func withoutPath(t *testing.T, body *anypb.Any) *anypb.Any {
	t.Helper()
	config := &route.RouteConfiguration{}
	if err := body.UnmarshalTo(config); err != nil {
		t.Fatal(err)
	}
	for _, host := range config.VirtualHosts {
		for _, r := range host.Routes {
			r.Match.PathSpecifier = nil
		}
	}
	out, err := anypb.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
