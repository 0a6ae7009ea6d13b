// Command weft serves the town's configuration to delta ADS clients as weft's operator does: the same packages make and
// send it. There is no API server; changes come as commands.
package main

import (
	"flag"
	"fmt"
	"net"
	"time"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	secret "github.com/envoyproxy/go-control-plane/envoy/service/secret/v3"
	"google.golang.org/grpc"

	"github.com/weft-mesh/weft/internal/agentserver"
	"github.com/weft-mesh/weft/test/bench/peers/talk"
)

func main() {
	services := flag.Int("services", 100, "how many Services the mesh has")
	narrow := flag.Bool("narrow", false, "give a workload only what its scope needs, whatever the number of Services")
	socket := flag.String("socket", "", "serve one Envoy of the first workload, and its secrets, at this unix socket")
	flag.Parse()
	if err := run(*services, *narrow, *socket); err != nil {
		talk.Fail(err)
	}
}

func run(services int, narrow bool, socket string) error {
	wire, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := newSite(services, narrow)
	server := grpc.NewServer(agentserver.Buffers()...)
	discovery.RegisterAggregatedDiscoveryServiceServer(server, s)
	if socket != "" {
		secrets, err := newSecrets()
		if err != nil {
			return err
		}
		near, err := net.Listen("unix", socket)
		if err != nil {
			return err
		}
		server := grpc.NewServer()
		discovery.RegisterAggregatedDiscoveryServiceServer(server, s.local)
		secret.RegisterSecretDiscoveryServiceServer(server, secrets)
		go serve(server, near)
	}
	go serve(server, wire)
	s.build()
	talk.Serve(talk.Reply{Address: wire.Addr().String()}, s.handle)
	return nil
}

func serve(server *grpc.Server, wire net.Listener) {
	if err := server.Serve(wire); err != nil {
		talk.Fail(err)
	}
}

func (s *site) handle(c talk.Command) (talk.Reply, error) {
	r := talk.Reply{At: time.Now()}
	var err error
	switch c.Do {
	case "endpoint":
		s.changeEndpoint(c.N)
	case "route":
		s.changeRoute(c.N)
	case "settled": // how many proxies have all that they should have
		for _, p := range s.Reports() {
			if p.Report.UpToDate {
				r.Connected++
			}
		}
		r.Traffic = s.local.traffic()
	default:
		err = fmt.Errorf("no such command")
	}
	return r, err
}
