// Package accesslog turns Envoy's access log into counters of outcomes.
//
// In: one entry for each request and each connection of TCP at its end, over Envoy's gRPC access log service. Out:
// cumulative counters by route, cluster, host and outcome, and of the slow ones among them by the edges in the route's
// name. Only judged routes count. Nothing that an entry says of the request itself is kept.
package accesslog
