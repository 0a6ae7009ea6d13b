// Command istio serves the town's configuration to delta ADS clients with Istio's own fake discovery server: its real
// generators, push queue and streams, without an API server. Changes come as commands.
package main

import (
	"flag"
	"fmt"
	"net"
	"time"

	"golang.org/x/time/rate"
	"istio.io/istio/pilot/test/xds"
	istiolog "istio.io/istio/pkg/log"
	"istio.io/istio/pkg/test"

	"github.com/weft-mesh/weft/test/bench/peers/talk"
)

func main() {
	services := flag.Int("services", 100, "how many Services the mesh has")
	debounce := flag.Duration("debounce", 0, "how long it must be quiet before a push; Istio's default is 100ms")
	unlimited := flag.Bool("unlimited", false, "lift the limit on new streams per second")
	flag.Parse()
	for _, scope := range istiolog.Scopes() {
		scope.SetOutputLevel(istiolog.NoneLevel)
	}
	err := test.Wrap(func(t test.Failer) {
		wire, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		s := &site{services: *services, FakeDiscoveryServer: xds.NewFakeDiscoveryServer(t, xds.FakeOptions{
			Configs:         configs(*services),
			DebounceTime:    *debounce,
			ListenerBuilder: func() (net.Listener, error) { return wire, nil },
		})}
		if *unlimited {
			s.Discovery.RequestRateLimit.SetLimit(rate.Inf)
		}
		talk.Serve(talk.Reply{Address: wire.Addr().String()}, s.handle)
	})
	talk.Fail(err)
}

func (s *site) handle(c talk.Command) (talk.Reply, error) {
	r := talk.Reply{At: time.Now()}
	var err error
	switch c.Do {
	case "endpoint":
		err = s.changeEndpoint(c.N)
	case "route":
		err = s.changeRoute(c.N)
	default:
		err = fmt.Errorf("no such command")
	}
	return r, err
}
