package xds

import (
	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/weft-mesh/weft/internal/model"
)

// keptTogether divides the requests of a route by the hash of a header, not at random; a ring of endpoints is asked by the
// same hash. Who has no such header is divided at random. The sum of the weights stays while a Canary goes on, and the
// order of the clusters too, so who is in a growing share stays in.
func keptTogether(r *route.Route, header string) *route.Route {
	action := r.GetRoute()
	if header == "" || action == nil {
		return r
	}
	action.HashPolicy = []*route.RouteAction_HashPolicy{{PolicySpecifier: &route.RouteAction_HashPolicy_Header_{
		Header: &route.RouteAction_HashPolicy_Header{HeaderName: header},
	}}}
	if clusters := action.GetWeightedClusters(); clusters != nil {
		clusters.RandomValueSpecifier = &route.WeightedCluster_UseHashPolicy{UseHashPolicy: wrapperspb.Bool(true)}
	}
	return r
}

// balancing is how a cluster chooses an endpoint. Rounds give exact shares of connections. A ring gives equal hashes the
// same endpoint, and moves few of them when endpoints come and go.
func balancing(service *model.Service, protocol model.Protocol) cluster.Cluster_LbPolicy {
	switch {
	case !protocol.IsHTTP():
		return cluster.Cluster_ROUND_ROBIN
	case service.StickyHeader != "":
		return cluster.Cluster_RING_HASH
	default:
		return cluster.Cluster_LEAST_REQUEST
	}
}
