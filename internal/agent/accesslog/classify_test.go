package accesslog

import (
	"testing"
	"time"

	accesslogv3 "github.com/envoyproxy/go-control-plane/envoy/data/accesslog/v3"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/weft-mesh/weft/internal/outcome"
)

type flags = accesslogv3.ResponseFlags

func entry(code uint32, details string, f *flags, took time.Duration) *accesslogv3.HTTPAccessLogEntry {
	return &accesslogv3.HTTPAccessLogEntry{
		CommonProperties: &accesslogv3.AccessLogCommon{ResponseFlags: f, Duration: durationpb.New(took)},
		Response: &accesslogv3.HTTPResponseProperties{
			ResponseCode: wrapperspb.UInt32(code), ResponseCodeDetails: details,
		},
	}
}

func grpc(headers, trailers map[string]string) *accesslogv3.HTTPAccessLogEntry {
	e := entry(200, "via_upstream", nil, 0)
	e.Response.ResponseHeaders, e.Response.ResponseTrailers = headers, trailers
	return e
}

// The entries are those of Envoy 1.40.0 for each case.
func TestClassify(t *testing.T) {
	status := func(code string) map[string]string { return map[string]string{"grpc-status": code} }
	cases := map[string]struct {
		entry *accesslogv3.HTTPAccessLogEntry
		want  string
	}{
		"200":                          {entry(200, "via_upstream", nil, 0), outcome.OK},
		"302":                          {entry(302, "via_upstream", nil, 0), outcome.OK},
		"404":                          {entry(404, "via_upstream", nil, 0), outcome.ClientError},
		"500":                          {entry(500, "via_upstream", nil, 0), outcome.ServerError},
		"500 after retries":            {entry(503, "via_upstream", &flags{UpstreamRetryLimitExceeded: true}, 0), outcome.ServerError},
		"reset before headers":         {entry(503, "upstream_reset_before_response_started{connection_termination}", &flags{UpstreamConnectionTermination: true}, 0), outcome.ResetBefore},
		"reset by peer before headers": {entry(503, "upstream_reset_before_response_started{remote_reset}", &flags{UpstreamRemoteReset: true}, 0), outcome.ResetBefore},
		"bad answer":                   {entry(502, "upstream_reset_before_response_started{protocol_error}", &flags{UpstreamProtocolError: true}, 0), outcome.ResetBefore},
		"reset in the body":            {entry(200, "upstream_reset_after_response_started{connection_termination}", &flags{UpstreamProtocolError: true}, 0), outcome.ResetDuring},
		"refused":                      {entry(503, "upstream_reset_before_response_started{connection_failure}", &flags{UpstreamConnectionFailure: true}, 0), outcome.Refused},
		"refused at every retry":       {entry(503, "upstream_reset_before_response_started{connection_failure}", &flags{UpstreamConnectionFailure: true, UpstreamRetryLimitExceeded: true}, 0), outcome.Refused},
		"refused, then 200 by retry":   {entry(200, "via_upstream", nil, 0), outcome.OK},
		"route time-out":               {entry(504, "response_timeout", &flags{UpstreamRequestTimeout: true}, 502*time.Millisecond), outcome.Timeout},
		"time-out in the body":         {entry(200, "response_timeout", &flags{UpstreamRequestTimeout: true}, 0), outcome.Timeout},
		"caller gave up soon":          {entry(0, "downstream_remote_disconnect", &flags{DownstreamConnectionTermination: true}, 999*time.Millisecond), outcome.Abandoned},
		"caller gave up late":          {entry(0, "downstream_remote_disconnect", &flags{DownstreamConnectionTermination: true}, 1003*time.Millisecond), outcome.AbandonedSlow},
		"caller gave up in the body":   {entry(200, "downstream_remote_disconnect", &flags{DownstreamConnectionTermination: true}, 0), outcome.Abandoned},
		"caller reset the stream":      {entry(0, "http2.remote_reset", &flags{DownstreamRemoteReset: true}, 0), outcome.Abandoned},
		"no endpoint":                  {entry(503, "no_healthy_upstream", &flags{NoHealthyUpstream: true}, 0), outcome.NoEndpoint},
		"circuit breaker":              {entry(503, "upstream_reset_before_response_started{overflow}", &flags{UpstreamOverflow: true}, 0), outcome.Overflow},
		"no cluster":                   {entry(503, "cluster_not_found", &flags{NoClusterFound: true}, 0), outcome.NoRoute},
		"no route":                     {entry(404, "route_not_found", &flags{NoRouteFound: true}, 0), outcome.NoRoute},
		"denied by policy":             {entry(403, "rbac_access_denied_matched_policy[none]", nil, 0), outcome.Denied},
		"rate limited":                 {entry(429, "local_rate_limited", &flags{RateLimited: true}, 0), outcome.Denied},
		"injected":                     {entry(503, "fault_filter_abort", &flags{FaultInjected: true}, 0), outcome.Injected},
		"only delayed by a fault":      {entry(200, "via_upstream", &flags{DelayInjected: true}, 0), outcome.OK},
		"cut by a new listener":        {entry(200, "filter_chain_is_being_removed", &flags{DownstreamConnectionTermination: true}, 0), outcome.Unknown},
		"gRPC ok":                      {grpc(nil, status("0")), outcome.OK},
		"gRPC status in trailers":      {grpc(nil, status("14")), "grpc-unavailable"},
		"gRPC status in headers":       {grpc(status("13"), nil), "grpc-internal"},
		"gRPC status unreadable":       {grpc(nil, status("x")), "grpc-unknown"},
		"gRPC not found":               {grpc(nil, status("5")), "grpc-not-found"},
		"nothing known":                {&accesslogv3.HTTPAccessLogEntry{}, outcome.Abandoned},
	}
	for name, c := range cases {
		if got := Classify(c.entry); got != c.want {
			t.Errorf("%s: Classify = %q, want %q", name, got, c.want)
		}
	}
}
