package xdsserver

import (
	"fmt"
	"maps"
	"testing"
	"time"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	rpc "google.golang.org/genproto/googleapis/rpc/status"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// readings are the metrics of a server that are not zero, by name and labels. A histogram gives its count.
func readings(t *testing.T, s *Server) map[string]float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(s.Collectors()...)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			name := family.GetName()
			for _, label := range m.GetLabel() {
				name += " " + label.GetValue()
			}
			value := m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			if value != 0 {
				got[name] = value
			}
		}
	}
	return got
}

// since is what was counted after earlier readings.
func since(before, after map[string]float64) map[string]float64 {
	out := map[string]float64{}
	for name, value := range after {
		if value != before[name] {
			out[name] = value - before[name]
		}
	}
	return out
}

// counts requires what a step of a test adds to the counters. Bytes are in the test of their own.
func (s *site) counts(t *testing.T, before map[string]float64, want map[string]float64) (after map[string]float64) {
	t.Helper()
	after = readings(t, s.Server)
	got := since(before, after)
	maps.DeleteFunc(got, func(name string, _ float64) bool { return name == "weft_xds_oldest_unanswered_seconds" })
	for _, short := range []string{"Cluster", "ClusterLoadAssignment", "Listener", "RouteConfiguration", "TypedExtensionConfig"} {
		delete(got, "weft_xds_sent_bytes_total "+short)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	return after
}

// Each response counts with its type and the reason for it, and each way to a whole set once.
func TestPushesByReason(t *testing.T) {
	s := newSite(t)
	s.publish(shop("c1"), 1)
	c := s.dial(t, "a")
	start(c)
	s.await(t, "all is applied", upToDate)
	at := s.counts(t, nil, map[string]float64{
		"weft_xds_streams": 1, "weft_xds_streams_opened_total": 1, "weft_xds_convergence_seconds connect": 1,
		"weft_xds_pushes_total first Cluster": 1, "weft_xds_pushes_total first ClusterLoadAssignment": 1,
		"weft_xds_pushes_total first Listener": 1, "weft_xds_pushes_total first RouteConfiguration": 1,
		"weft_xds_pushes_total first TypedExtensionConfig": 1,
	})

	s.UpdateEndpoints(endpointsFor(2, "c1"), time.Time{})
	c.take(xds.EndpointType, "+c1")
	s.await(t, "the change is applied", upToDate)
	at = s.counts(t, at, map[string]float64{
		"weft_xds_pushes_total change ClusterLoadAssignment": 1, "weft_xds_convergence_seconds change": 1,
	})

	changed := shop("c1")
	changed.clusters["c1"] = 2
	s.publish(changed, 2)
	c.take(xds.ClusterType, "+c1")
	c.take(xds.EndpointType, "+c1") // as it was: the changed cluster waits for it
	s.await(t, "the change is applied", upToDate)
	at = s.counts(t, at, map[string]float64{
		"weft_xds_pushes_total change Cluster": 1, "weft_xds_pushes_total resend ClusterLoadAssignment": 1,
		"weft_xds_convergence_seconds change": 1,
	})

	changed.listeners = nil
	s.publish(changed, 2)
	c.nack(c.next(xds.ListenerType, "-l1"), "no")
	s.await(t, "the change is applied", upToDate)
	at = s.counts(t, at, map[string]float64{
		"weft_xds_pushes_total removal Listener": 1, "weft_xds_rejects_total Listener": 1, "weft_xds_convergence_seconds change": 1,
	})

	s.publish(changed, 2) // is the same: no convergence
	s.UpdateEndpoints(endpointsFor(3, "c1"), time.Time{})
	c.subscribe(xds.EndpointType, "gone")
	answers := map[string]bool{}
	for range 2 {
		r := c.receive()
		answers[brief(r)] = true
		c.ack(r)
	}
	s.await(t, "the change is applied", upToDate)
	s.counts(t, at, map[string]float64{
		"weft_xds_pushes_total change ClusterLoadAssignment": 1, "weft_xds_pushes_total unknown ClusterLoadAssignment": 1,
		"weft_xds_convergence_seconds change": 1,
	})
	if !answers[xds.EndpointType+"[+c1]"] || !answers[xds.EndpointType+"[-gone]"] {
		t.Errorf("got %v", answers)
	}
}

func TestBytesOfResources(t *testing.T) {
	s := newSite(t)
	p := shop("c1")
	s.publish(p, 1)
	c := s.dial(t, "a")
	c.subscribe(xds.ClusterType)
	c.take(xds.ClusterType, "+c1")
	c.quiet()
	c1 := clusterOf("c1", p.clusters["c1"], false)
	if got, want := readings(t, s.Server)["weft_xds_sent_bytes_total Cluster"], float64(len(c1.Body.GetValue())); got != want {
		t.Errorf("%v bytes, want %v", got, want)
	}
}

// No client makes up a label.
func TestMetricsOfOtherTypes(t *testing.T) {
	m := newMetrics()
	m.refused("made up by a client")
	if m.of("made up too") != m.of("") || len(m.byType) != len(types) {
		t.Errorf("types %v", m.byType)
	}
}

// What waits is counted when metrics are read, and how long the oldest has waited.
func TestBacklog(t *testing.T) {
	s := New(logr.Discard())
	sent := time.Now().Add(-time.Minute)
	slow, quick := s.connect(Proxy{UID: "slow"}), s.connect(Proxy{UID: "quick"})
	slow.stepped(s.metrics, newStream(), 3, sent)
	for _, nonce := range []string{"1", "2"} {
		slow.pushed(s.metrics, newStream(), &discovery.DeltaDiscoveryResponse{TypeUrl: xds.ClusterType, Nonce: nonce}, sent)
	}
	quick.stepped(s.metrics, newStream(), 1, sent)
	quick.pushed(s.metrics, newStream(), &discovery.DeltaDiscoveryResponse{TypeUrl: xds.ClusterType, Nonce: "1"}, sent.Add(-time.Hour))
	quick.answered("1")
	got := readings(t, s)
	for name, want := range map[string]float64{
		"weft_xds_queued_responses": 1, "weft_xds_unanswered_responses": 2, "weft_xds_unanswered_proxies": 1,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	if age := got["weft_xds_oldest_unanswered_seconds"]; age < 60 || age > 600 {
		t.Errorf("the oldest has waited %v s, want a minute", age)
	}
	s.disconnect(slow)
	if got := readings(t, s); got["weft_xds_unanswered_responses"] != 0 || got["weft_xds_oldest_unanswered_seconds"] != 0 {
		t.Errorf("a proxy that left: %v", got)
	}
}

// The oldest counts, whatever else is answered, and a burst leaves no memory behind.
func TestUnansweredAge(t *testing.T) {
	var m meter
	const n = 3 * window
	st, all, start := newStream(), newMetrics(), time.Unix(1000, 0)
	nonce := func(n int) string { return fmt.Sprint(n) }
	for i := range n {
		r := &discovery.DeltaDiscoveryResponse{TypeUrl: xds.EndpointType, Nonce: nonce(i)}
		m.pushed(all, st, r, start.Add(time.Duration(i)*time.Second))
	}
	m.answered(nonce(1))
	m.answered("never sent")
	if m.open.Load() != n-1 || m.oldest.Load() != start.UnixNano() {
		t.Errorf("%d wait since %d", m.open.Load(), m.oldest.Load())
	}
	m.answered(nonce(0))
	if want := start.Add(2 * time.Second).UnixNano(); m.oldest.Load() != want {
		t.Errorf("wait since %d, want %d", m.oldest.Load(), want)
	}
	for i := range n {
		m.answered(nonce(i))
	}
	if m.open.Load() != 0 || m.unanswered != nil {
		t.Errorf("%d wait; memory for %d is kept", m.open.Load(), cap(m.unanswered))
	}
}

// To measure a push and its answer takes no memory.
func TestMeterAllocatesNothing(t *testing.T) {
	var m meter
	st, all, now := newStream(), newMetrics(), time.Unix(1000, 0)
	r := &discovery.DeltaDiscoveryResponse{TypeUrl: xds.EndpointType, Nonce: "1", Resources: []*discovery.Resource{{Name: "c1"}}}
	if n := testing.AllocsPerRun(100, func() {
		m.stepped(all, st, 1, now)
		m.pushed(all, st, r, now)
		m.answered("1")
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// timed is a machine with a meter, and a time that the test decides.
type timed struct {
	*stream
	meter
	all *metrics
}

// sees makes the machine see a world whose events came at a time.
func (c *timed) sees(set *xds.Set, seen, now time.Time) []*discovery.DeltaDiscoveryResponse {
	c.tell(seen)
	c.look()
	c.Update(target{set: set})
	out := c.Next()
	c.stepped(c.all, c.stream, len(out), now)
	return out
}

func (c *timed) answers(r *discovery.DeltaDiscoveryRequest, now time.Time) {
	must(c.Request(r))
	c.look()
	c.Next()
	c.stepped(c.all, c.stream, 0, now)
}

// converged is how many changes were applied, and in how many seconds altogether.
func (c *timed) converged(t *testing.T) (count uint64, seconds float64) {
	t.Helper()
	var m dto.Metric
	if err := c.all.later.(prometheus.Metric).Write(&m); err != nil {
		t.Fatal(err)
	}
	return m.GetHistogram().GetSampleCount(), m.GetHistogram().GetSampleSum()
}

// Convergence runs from when the events were seen, of several changes from the first one, and only where there is
// something to apply.
func TestConvergence(t *testing.T) {
	at := func(second int64) time.Time { return time.Unix(1000+second, 0) }
	variant := func(n int) *xds.Set { return plan{clusters: map[string]int{"c1": n}}.set() }
	c := &timed{stream: newStream(), all: newMetrics()}
	require := func(what string, wantCount uint64, wantSeconds float64) {
		t.Helper()
		if count, seconds := c.converged(t); count != wantCount || seconds != wantSeconds {
			t.Fatalf("%s: %d convergences in %v s, want %d in %v", what, count, seconds, wantCount, wantSeconds)
		}
	}
	c.sees(variant(1), at(0), at(0))
	c.answers(subscription(xds.ClusterType), at(1))
	c.answers(ackOf(xds.ClusterType, "1"), at(2))
	require("a first set counts apart", 0, 0)

	c.sees(variant(1), at(3), at(4))
	require("the same again", 0, 0)

	c.sees(variant(2), at(10), at(12))
	c.sees(variant(3), at(13), at(14))
	c.answers(ackOf(xds.ClusterType, "2"), at(15))
	require("half of it is applied", 0, 0)
	c.answers(ackOf(xds.ClusterType, "3"), at(17))
	require("two changes", 1, 7)

	refusal := ackOf(xds.ClusterType, "4")
	refusal.ErrorDetail = &rpc.Status{Message: "no"}
	c.sees(variant(4), at(20), at(20))
	c.answers(refusal, at(21))
	require("refused", 1, 7)
	c.sees(variant(5), at(100), at(101))
	c.answers(ackOf(xds.ClusterType, "5"), at(102))
	require("a better one, from when it was seen", 2, 9)
}
