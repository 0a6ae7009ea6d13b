package accesslog

import (
	accesslogv3 "github.com/envoyproxy/go-control-plane/envoy/data/accesslog/v3"

	"github.com/weft-mesh/weft/internal/outcome"
)

// ClassifyConnection says how a connection of TCP ended, in a word of package outcome. Of an end in order Envoy does not say
// which side began it. A flag about an attempt to connect stays when a later attempt succeeds, so only the last one of all
// attempts tells of a refusal.
func ClassifyConnection(entry *accesslogv3.TCPAccessLogEntry) string {
	common := entry.GetCommonProperties()
	flags, answered := common.GetResponseFlags(), entry.GetConnectionProperties().GetSentBytes() > 0
	switch {
	case flags.GetNoRouteFound(), flags.GetNoClusterFound():
		return outcome.NoRoute
	case flags.GetNoHealthyUpstream():
		return outcome.NoEndpoint
	case flags.GetUpstreamOverflow():
		return outcome.Overflow
	case flags.GetUpstreamRetryLimitExceeded():
		return outcome.Refused
	case flags.GetUpstreamRemoteReset() && answered:
		return outcome.ResetDuring
	case flags.GetUpstreamRemoteReset():
		return outcome.ResetBefore
	case answered:
		return outcome.OK
	case common.GetCustomTags()[outcome.TagClose] == outcome.CallerReset:
		return abandoned(common)
	default:
		return outcome.EndedEmpty
	}
}
