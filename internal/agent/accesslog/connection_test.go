package accesslog

import (
	"testing"
	"time"

	accesslogv3 "github.com/envoyproxy/go-control-plane/envoy/data/accesslog/v3"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/weft-mesh/weft/internal/outcome"
)

func connection(sent uint64, f *flags, took time.Duration) *accesslogv3.TCPAccessLogEntry {
	return &accesslogv3.TCPAccessLogEntry{
		CommonProperties: &accesslogv3.AccessLogCommon{
			ResponseFlags: f, Duration: durationpb.New(took), AccessLogType: accesslogv3.AccessLogType_TcpConnectionEnd,
			CustomTags: map[string]string{outcome.TagRoute: "judged/shop/lines", outcome.TagCluster: "shop/lines/9000/version=v2"},
		},
		ConnectionProperties: &accesslogv3.ConnectionProperties{SentBytes: sent},
	}
}

func broken(e *accesslogv3.TCPAccessLogEntry) *accesslogv3.TCPAccessLogEntry {
	e.CommonProperties.CustomTags[outcome.TagClose] = outcome.CallerReset
	return e
}

// The entries are those of Envoy 1.40.0 for each case.
func TestClassifyConnection(t *testing.T) {
	for name, c := range map[string]struct {
		entry *accesslogv3.TCPAccessLogEntry
		want  string
	}{
		"served":                         {connection(5, nil, time.Hour), outcome.OK},
		"refused":                        {connection(0, &flags{UpstreamConnectionFailure: true, UpstreamRetryLimitExceeded: true}, 0), outcome.Refused},
		"refused, then taken":            {connection(5, &flags{UpstreamConnectionFailure: true}, 0), outcome.OK},
		"refused, then taken and broken": {connection(0, &flags{UpstreamConnectionFailure: true, UpstreamRemoteReset: true}, 0), outcome.ResetBefore},
		"broken before the first byte":   {connection(0, &flags{UpstreamRemoteReset: true}, 0), outcome.ResetBefore},
		"broken later":                   {connection(5, &flags{UpstreamRemoteReset: true}, 0), outcome.ResetDuring},
		"ended without a byte":           {connection(0, nil, 0), outcome.EndedEmpty},
		"broken by the caller soon":      {broken(connection(0, nil, 0)), outcome.Abandoned},
		"broken by the caller late":      {broken(connection(0, nil, 2*time.Second)), outcome.AbandonedSlow},
		"served, broken by the caller":   {broken(connection(5, nil, 0)), outcome.OK},
		"no endpoint":                    {connection(0, &flags{NoHealthyUpstream: true}, 0), outcome.NoEndpoint},
		"too many":                       {connection(0, &flags{UpstreamOverflow: true}, 0), outcome.Overflow},
		"no cluster":                     {connection(0, &flags{NoRouteFound: true}, 0), outcome.NoRoute},
	} {
		if got := ClassifyConnection(c.entry); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// A connection counts once, at its end, for the version that was chosen for it, be there an endpoint or none.
func TestConnectionsAreCountedAtTheirEnd(t *testing.T) {
	c := NewCounters("boot")
	for _, kind := range []accesslogv3.AccessLogType{
		accesslogv3.AccessLogType_TcpUpstreamConnected, accesslogv3.AccessLogType_TcpPeriodic, accesslogv3.AccessLogType_TcpConnectionEnd,
	} {
		entry := connection(0, &flags{NoHealthyUpstream: true}, time.Second)
		entry.CommonProperties.AccessLogType = kind
		c.AddConnection(entry, time.Unix(100, 0))
	}
	other := connection(5, nil, time.Second)
	other.CommonProperties.CustomTags[outcome.TagRoute] = "default"
	c.AddConnection(other, time.Unix(100, 0))
	report, _ := c.Report()
	if len(report.Counters) != 1 {
		t.Fatalf("counters %v, want one", report.Counters)
	}
	got := report.Counters[0]
	if got.Route != "judged/shop/lines" || got.Cluster != "shop/lines/9000/version=v2" || got.Outcome != outcome.NoEndpoint || got.Requests != 1 {
		t.Errorf("counted %v", got)
	}
}
