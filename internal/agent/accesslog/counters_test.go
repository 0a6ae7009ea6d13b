package accesslog

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	accesslogv3 "github.com/envoyproxy/go-control-plane/envoy/data/accesslog/v3"

	"github.com/weft-mesh/weft/internal/protocol/agentv1"
)

const start = 1_700_000_000

func judged(route string, code uint32, at time.Duration) *accesslogv3.HTTPAccessLogEntry {
	e := entry(code, "via_upstream", nil, 0)
	e.CommonProperties.RouteName = route
	e.CommonProperties.UpstreamCluster = "shop/reviews/8080/version=v2"
	e.CommonProperties.UpstreamRemoteAddress = &corev3.Address{Address: &corev3.Address_SocketAddress{SocketAddress: &corev3.SocketAddress{
		Address: "10.0.0.7", PortSpecifier: &corev3.SocketAddress_PortValue{PortValue: 8080},
	}}}
	e.CommonProperties.StartTime = timestamppb.New(time.Unix(start, 0))
	e.CommonProperties.Duration = durationpb.New(at)
	return e
}

func TestCounters(t *testing.T) {
	c := NewCounters("boot")
	now := time.Unix(start, 0)
	for _, e := range []*accesslogv3.HTTPAccessLogEntry{
		judged("judged/shop/reviews", 500, 100*time.Millisecond),
		judged("judged/shop/reviews", 500, 900*time.Millisecond),
		judged("judged/shop/reviews", 500, 1100*time.Millisecond),
		judged("judged/shop/reviews", 200, 0),
		judged("shop/other", 500, 0),
	} {
		c.Add(e, now)
	}
	partial := judged("judged/shop/reviews", 200, 0)
	partial.CommonProperties.AccessLogType = accesslogv3.AccessLogType_DownstreamPeriodic
	c.Add(partial, now)

	got, _ := c.Report()
	counter := func(outcome string, requests, seconds uint64) *agentv1.OutcomeCounter {
		return &agentv1.OutcomeCounter{
			Route: "judged/shop/reviews", Cluster: "shop/reviews/8080/version=v2", Host: "10.0.0.7:8080",
			Outcome: outcome, Requests: requests, BadSeconds: seconds,
		}
	}
	want := &agentv1.Outcomes{BootId: "boot", Counters: []*agentv1.OutcomeCounter{counter("5xx", 3, 2), counter("ok", 1, 1)}}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("Report (-want +got):\n%s", diff)
	}
}

func TestCountersOfSlowRequests(t *testing.T) {
	c := NewCounters("boot")
	for _, took := range []time.Duration{50, 100, 101, 400, 2000} {
		c.Add(judged("judged/shop/reviews/100ms,1s", 200, took*time.Millisecond), time.Unix(start, 0))
	}
	c.Add(judged("judged/shop/other", 200, 2*time.Second), time.Unix(start, 0))
	got, _ := c.Report()
	if len(got.Counters) != 2 || got.Counters[0].Slow != nil {
		t.Fatalf("a route without edges: %v", got)
	}
	if slow, seconds := got.Counters[1].Slow, got.Counters[1].SlowSeconds; !slices.Equal(slow, []uint64{3, 1}) || !slices.Equal(seconds, []uint64{2, 1}) {
		t.Errorf("slow %v in seconds %v, want [3 1] in [2 1]", slow, seconds)
	}
}

// An agent lives longer than the releases that it has seen: their counters must not keep those of a new one out.
func TestFullCountersStartAnewAfterAnHour(t *testing.T) {
	c := NewCounters("boot")
	at := func(after time.Duration) time.Time { return time.Unix(start, 0).Add(after) }
	for i := range maxKeys + 3 {
		c.Add(judged("judged/"+strconv.Itoa(i), 200, 0), at(0))
	}
	c.Add(judged("judged/0", 200, 0), at(keptFor)) // needs no room
	old, before := c.Report()
	if old.BootId != "boot" || len(old.Counters) != maxKeys || old.Dropped != 3 {
		t.Fatalf("boot %q, %d counters and %d dropped", old.BootId, len(old.Counters), old.Dropped)
	}
	c.Add(judged("judged/new", 200, 0), at(keptFor))
	got, after := c.Report()
	if got.BootId == "boot" || len(got.Counters) != 1 || got.Counters[0].Route != "judged/new" || got.Dropped != 0 || after <= before {
		t.Errorf("boot %q, counters %v, %d dropped, change %d after %d", got.BootId, got.Counters, got.Dropped, after, before)
	}
	for i := range maxKeys {
		c.Add(judged("judged/"+strconv.Itoa(i), 200, 0), at(keptFor+time.Minute))
	}
	if again, _ := c.Report(); again.BootId != got.BootId || again.Dropped != 1 {
		t.Errorf("full again within the hour: boot %q after %q, %d dropped", again.BootId, got.BootId, again.Dropped)
	}
}

func TestSecondsCountsEachOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		offsets := rapid.SliceOf(rapid.Int64Range(0, window-1)).Draw(t, "offsets")
		var s seconds
		distinct := map[int64]bool{}
		for _, o := range offsets {
			s.add(start + o)
			distinct[o] = true
		}
		if s.count != uint64(len(distinct)) {
			t.Fatalf("%d seconds counted, want %d", s.count, len(distinct))
		}
		s.add(start + 10_000)
		s.add(start + 1)
		if s.count != uint64(len(distinct))+1 {
			t.Fatalf("%d seconds after a late one, want %d", s.count, len(distinct)+1)
		}
	})
}
