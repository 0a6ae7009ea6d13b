package xdstest

import route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"

// Pick is the cluster that Envoy chooses for a request on a route: value is the request's hash where the route has a hash
// policy, else at random.
func Pick(action *route.RouteAction, value uint64) string {
	clusters, total := action.GetWeightedClusters().GetClusters(), uint64(0)
	if len(clusters) == 0 {
		return action.GetCluster()
	}
	for _, c := range clusters {
		total += uint64(c.Weight.GetValue())
	}
	value %= total
	for _, c := range clusters {
		weight := uint64(c.Weight.GetValue())
		if value < weight {
			return c.Name
		}
		value -= weight
	}
	return ""
}
