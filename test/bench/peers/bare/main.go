// Command bare is no control plane: it shows what gRPC itself takes. It has a cluster, its endpoints and a listener, and a
// change of the endpoints is one ready-made response, which it writes to each stream before it reads the answers.
package main

import (
	"fmt"
	"net"
	"time"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc"

	"github.com/weft-mesh/weft/internal/agentserver"
	"github.com/weft-mesh/weft/test/bench/peers/talk"
)

func main() {
	if err := run(); err != nil {
		talk.Fail(err)
	}
}

func run() error {
	wire, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := &server{streams: map[*streamOf]bool{}}
	g := grpc.NewServer(append(agentserver.Buffers(), grpc.ForceServerCodec(codec{}))...)
	discovery.RegisterAggregatedDiscoveryServiceServer(g, s)
	go func() {
		if err := g.Serve(wire); err != nil {
			talk.Fail(err)
		}
	}()
	talk.Serve(talk.Reply{Address: wire.Addr().String()}, s.handle)
	return nil
}

func (s *server) handle(c talk.Command) (talk.Reply, error) {
	r := talk.Reply{At: time.Now()}
	if c.Do != "endpoint" {
		return r, fmt.Errorf("no such command")
	}
	return r, s.push(c.N)
}
