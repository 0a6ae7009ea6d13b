// Command server is weft's xDS server for one Envoy. It serves two worlds in turn: each line of its input brings the
// other one, and it says "acknowledged" when the Envoy holds all of that.
//
//	server ADS ENTRY BACKEND    the paths of three sockets
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/go-logr/logr"
	"google.golang.org/grpc"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/xdsserver"
)

var shop = model.Key{Namespace: "shop", Name: "frontend"}

type service struct {
	discovery.UnimplementedAggregatedDiscoveryServiceServer
	*xdsserver.Server
}

func (s service) DeltaAggregatedResources(stream discovery.AggregatedDiscoveryService_DeltaAggregatedResourcesServer) error {
	return s.Serve(xdsserver.Proxy{Pod: shop, UID: "envoy", Workload: shop}, stream)
}

func main() {
	if len(os.Args) != 4 {
		fail(fmt.Errorf("usage: server ADS ENTRY BACKEND"))
	}
	ads, entry, backend := os.Args[1], os.Args[2], os.Args[3]
	l, err := net.Listen("unix", ads)
	if err != nil {
		fail(err)
	}
	xds := xdsserver.New(logr.Discard())
	changed := make(chan struct{}, 1)
	xds.OnChange(func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	server := grpc.NewServer()
	discovery.RegisterAggregatedDiscoveryServiceServer(server, service{Server: xds})
	go func() { fail(server.Serve(l)) }()
	fmt.Println("ready")

	worlds := []xdsserver.World{oneVersion(entry, backend), twoVersions(entry, backend)}
	input := bufio.NewScanner(os.Stdin)
	for n := 0; ; n++ {
		xds.Publish(worlds[n%len(worlds)])
		for !upToDate(xds) {
			<-changed
		}
		fmt.Println("acknowledged")
		if !input.Scan() {
			return
		}
	}
}

func upToDate(xds *xdsserver.Server) bool {
	reports := xds.Reports()
	return len(reports) == 1 && reports[0].Report.UpToDate
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "server:", err)
	os.Exit(1)
}
