package main

import (
	"sync/atomic"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/proto"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/xdsserver"
	"github.com/weft-mesh/weft/test/bench/peers/talk"
	"github.com/weft-mesh/weft/test/bench/peers/town"
)

// local is the site for the one Envoy at the unix socket, which is a proxy of the first workload. It counts what it sends.
type local struct {
	discovery.UnimplementedAggregatedDiscoveryServiceServer
	site      *site
	responses atomic.Int64
	bytes     atomic.Int64 // before framing
}

func (l *local) DeltaAggregatedResources(stream discovery.AggregatedDiscoveryService_DeltaAggregatedResourcesServer) error {
	proxy := xdsserver.Proxy{
		Pod: model.Key{Namespace: town.Team(0), Name: "envoy"}, UID: "envoy",
		Workload: model.Key{Namespace: town.Team(0), Name: town.Name(0)},
	}
	return l.site.Serve(proxy, &counted{stream, l})
}

func (l *local) traffic() talk.Traffic {
	return talk.Traffic{Responses: l.responses.Load(), Bytes: l.bytes.Load()}
}

type counted struct {
	discovery.AggregatedDiscoveryService_DeltaAggregatedResourcesServer
	local *local
}

func (c *counted) Send(r *discovery.DeltaDiscoveryResponse) error {
	c.local.responses.Add(1)
	c.local.bytes.Add(int64(proto.Size(r)))
	return c.AggregatedDiscoveryService_DeltaAggregatedResourcesServer.Send(r)
}
