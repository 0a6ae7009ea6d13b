package accesslog

import (
	"strconv"
	"strings"

	accesslogv3 "github.com/envoyproxy/go-control-plane/envoy/data/accesslog/v3"

	"github.com/weft-mesh/weft/internal/outcome"
)

// Classify says how a request ended, in a word of package outcome. Envoy's flags and details are listed at
// https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/observability/access_log/usage.
func Classify(entry *accesslogv3.HTTPAccessLogEntry) string {
	details := entry.GetResponse().GetResponseCodeDetails()
	flags := entry.GetCommonProperties().GetResponseFlags()
	if word := fromDetails(details); word != "" {
		return word
	}
	code := entry.GetResponse().GetResponseCode().GetValue()
	if code == 0 || flags.GetDownstreamConnectionTermination() || flags.GetDownstreamRemoteReset() {
		return abandoned(entry.GetCommonProperties())
	}
	if word := fromFlags(flags); word != "" {
		return word
	}
	return fromStatus(entry, code)
}

// fromDetails knows what flags do not tell apart.
func fromDetails(details string) string {
	switch {
	case strings.HasPrefix(details, "upstream_reset_after_response_started"):
		return outcome.ResetDuring
	case strings.HasPrefix(details, "rbac_access_denied"):
		return outcome.Denied
	case strings.HasPrefix(details, "filter_chain_is_being_removed"):
		return outcome.Unknown // the proxy cut it for a change of its own configuration
	default:
		return ""
	}
}

func abandoned(common *accesslogv3.AccessLogCommon) string {
	if common.GetDuration().AsDuration().Seconds() >= outcome.SlowSeconds {
		return outcome.AbandonedSlow
	}
	return outcome.Abandoned
}

// fromFlags goes from the most telling flag to the least: a request may carry several, such as UF and URX.
func fromFlags(f *accesslogv3.ResponseFlags) string {
	switch {
	case f.GetFaultInjected():
		return outcome.Injected
	case f.GetRateLimited(), f.GetUnauthorizedDetails() != nil:
		return outcome.Denied
	case f.GetNoRouteFound(), f.GetNoClusterFound():
		return outcome.NoRoute
	case f.GetNoHealthyUpstream():
		return outcome.NoEndpoint
	case f.GetUpstreamOverflow():
		return outcome.Overflow
	case f.GetUpstreamConnectionFailure():
		return outcome.Refused
	case f.GetUpstreamRequestTimeout(), f.GetDurationTimeout(), f.GetUpstreamMaxStreamDurationReached(),
		f.GetStreamIdleTimeout():
		return outcome.Timeout
	case f.GetUpstreamConnectionTermination(), f.GetUpstreamRemoteReset(), f.GetLocalReset(), f.GetUpstreamProtocolError():
		return outcome.ResetBefore
	case f.GetOverloadManager():
		return outcome.Unknown
	default:
		return ""
	}
}

func fromStatus(entry *accesslogv3.HTTPAccessLogEntry, code uint32) string {
	switch {
	case code >= 500:
		return outcome.ServerError
	case code >= 400:
		return outcome.ClientError
	}
	if status, ok := grpcStatus(entry.GetResponse()); ok {
		return outcome.GRPC(status)
	}
	return outcome.OK
}

// grpcStatus is in the trailers, or in the headers of an answer that has no body.
func grpcStatus(response *accesslogv3.HTTPResponseProperties) (uint32, bool) {
	text, ok := response.GetResponseTrailers()["grpc-status"]
	if !ok {
		if text, ok = response.GetResponseHeaders()["grpc-status"]; !ok {
			return 0, false
		}
	}
	code, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		code = 2 // what gRPC's clients make of it
	}
	return uint32(code), true
}
