// Package accesslog turns Envoy's access log into counters of outcomes.
//
// In: one entry for each request at its end, over Envoy's gRPC access log service. Out: cumulative counters by route,
// cluster, host and outcome. Only routes whose name begins with the prefix of judged routes count. Nothing that an
// entry says of the request itself is kept.
package accesslog
