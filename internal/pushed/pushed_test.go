package pushed

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	otlp "go.opentelemetry.io/proto/otlp/metrics/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	"google.golang.org/protobuf/testing/protocmp"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/internal/protocol/peerv1"
)

// shop has three pods at addresses that are their names; the collector speaks for others.
type shop struct{ wanted map[string]bool }

func (s shop) Sender(address string) (Pod, bool) {
	p, known := s.Pod("shop", address)
	p.Speaks = address == "collector"
	return p, known
}

func (s shop) Pod(namespace, name string) (Pod, bool) {
	known := namespace == "shop" && slices.Contains([]string{"v1", "v2", "collector"}, name)
	return Pod{Namespace: namespace, Name: name, UID: "uid of " + name}, known
}

func (s shop) Wanted(namespace string) map[string]bool {
	if namespace != "shop" {
		return nil
	}
	return s.wanted
}

var start = time.Unix(1000, 0)

func newStore() *Store {
	return &Store{Cluster: shop{map[string]bool{"queue": true, "orders": true, "latency": true}}, Now: func() time.Time { return start }, Changed: func() {}}
}

const (
	cumulative = otlp.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE
	delta      = otlp.AggregationTemporality_AGGREGATION_TEMPORALITY_DELTA
)

func words(pairs ...string) (out []*common.KeyValue) {
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, &common.KeyValue{Key: pairs[i], Value: &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: pairs[i+1]}}})
	}
	return out
}

func number(v float64, attributes ...string) *otlp.NumberDataPoint {
	return &otlp.NumberDataPoint{StartTimeUnixNano: 7, Value: &otlp.NumberDataPoint_AsDouble{AsDouble: v}, Attributes: words(attributes...)}
}

func gaugeOf(name string, points ...*otlp.NumberDataPoint) *otlp.Metric {
	return &otlp.Metric{Name: name, Data: &otlp.Metric_Gauge{Gauge: &otlp.Gauge{DataPoints: points}}}
}

func sumOf(name string, t otlp.AggregationTemporality, points ...*otlp.NumberDataPoint) *otlp.Metric {
	return &otlp.Metric{Name: name, Data: &otlp.Metric_Sum{Sum: &otlp.Sum{IsMonotonic: true, AggregationTemporality: t, DataPoints: points}}}
}

func histogramOf(name string, t otlp.AggregationTemporality, bounds []float64, buckets ...uint64) *otlp.Metric {
	var n uint64
	for _, b := range buckets {
		n += b
	}
	return &otlp.Metric{Name: name, Data: &otlp.Metric_Histogram{Histogram: &otlp.Histogram{AggregationTemporality: t, DataPoints: []*otlp.HistogramDataPoint{
		{StartTimeUnixNano: 7, Count: n, ExplicitBounds: bounds, BucketCounts: buckets},
	}}}}
}

func from(attributes []*common.KeyValue, metrics ...*otlp.Metric) []*otlp.ResourceMetrics {
	return []*otlp.ResourceMetrics{{Resource: &resource.Resource{Attributes: attributes}, ScopeMetrics: []*otlp.ScopeMetrics{{Metrics: metrics}}}}
}

// told is the view in short: POD METRIC ATTRIBUTES = VALUE.
func told(all []*peerv1.Series) (out []string) {
	for _, s := range all {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", s.Pod, s.Metric, strings.Join(s.Attributes, " ")))+fmt.Sprintf(" = %v", s.Value))
	}
	return out
}

// TestWhoSpeaksForWhom [D24]: a pod speaks for itself, whatever it says; a collector for pods that there are; nobody else.
func TestWhoSpeaksForWhom(t *testing.T) {
	claim := words("k8s.namespace.name", "shop", "k8s.pod.name", "v2", "service.version", "stable")
	for name, c := range map[string]struct {
		sender string
		claims []*common.KeyValue
		taken  bool
		want   []string
	}{
		"a pod of itself":                         {"v1", nil, true, []string{"v1 queue = 3"}},
		"a pod that says that it is another":      {"v1", claim, true, []string{"v1 queue = 3"}},
		"an address that nobody has":              {"stranger", claim, false, nil},
		"a collector of a pod":                    {"collector", claim, true, []string{"v2 queue = 3"}},
		"a collector of a pod that is not there":  {"collector", words("k8s.namespace.name", "shop", "k8s.pod.name", "v9"), true, nil},
		"a collector of nobody":                   {"collector", nil, true, nil},
		"a collector of a pod that was there":     {"collector", append(words("k8s.pod.uid", "older"), claim...), true, nil},
		"a collector of a pod of another mesh":    {"collector", words("k8s.namespace.name", "other", "k8s.pod.name", "v2"), true, nil},
		"a collector that knows the UID of a pod": {"collector", append(words("k8s.pod.uid", "uid of v2"), claim...), true, []string{"v2 queue = 3"}},
	} {
		s := newStore()
		taken := s.Take(c.sender, from(c.claims, gaugeOf("queue", number(3))))
		if diff := cmp.Diff(c.want, told(s.View())); diff != "" || taken != c.taken {
			t.Errorf("%s: taken %v (-want +got):\n%s", name, taken, diff)
		}
	}
}

func TestWhatIsKept(t *testing.T) {
	unrecorded := number(1)
	unrecorded.Flags = 1
	falling := sumOf("orders", cumulative, number(4))
	falling.GetSum().IsMonotonic = false
	whole := number(0)
	whole.Value = &otlp.NumberDataPoint_AsInt{AsInt: 5}
	for name, c := range map[string]struct {
		metric *otlp.Metric
		want   []string
	}{
		"each attribute set by itself":     {sumOf("orders", cumulative, number(1, "result", "failed"), number(2, "result", "good")), []string{"v1 orders result=failed = 1", "v1 orders result=good = 2"}},
		"attributes in one order":          {gaugeOf("queue", number(1, "b", "2", "a", "1")), []string{"v1 queue a=1 b=2 = 1"}},
		"a whole number":                   {gaugeOf("queue", whole), []string{"v1 queue = 5"}},
		"a sum that falls, as a number":    {falling, []string{"v1 orders = 4"}},
		"what no Canary reads":             {gaugeOf("heap", number(1)), nil},
		"NaN":                              {gaugeOf("queue", number(math.NaN())), nil},
		"a counter below nothing":          {sumOf("orders", cumulative, number(-1)), nil},
		"nothing recorded":                 {gaugeOf("queue", unrecorded), nil},
		"a sum that does not say of what":  {sumOf("orders", 0, number(1)), nil},
		"a histogram":                      {histogramOf("latency", cumulative, []float64{1, 2}, 1, 2, 3), []string{"v1 latency = 6"}},
		"a histogram that lacks a bucket":  {histogramOf("latency", cumulative, []float64{1, 2}, 1, 2), nil},
		"a histogram without buckets":      {histogramOf("latency", cumulative, nil), []string{"v1 latency = 0"}},
		"attributes that are a long story": {gaugeOf("queue", number(1, "story", strings.Repeat("x", 2000))), nil},
	} {
		s := newStore()
		s.Take("v1", from(nil, c.metric))
		if diff := cmp.Diff(c.want, told(s.View())); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A pod that makes up series takes no place from others.
func TestSeriesAreBounded(t *testing.T) {
	s := newStore()
	for i := range 3 * mostOfPod {
		s.Take("v1", from(nil, gaugeOf("queue", number(1, "user", fmt.Sprint(i)))))
	}
	s.Take("v2", from(nil, gaugeOf("queue", number(2))))
	if n := len(s.View()); n != mostOfPod+1 {
		t.Errorf("%d series", n)
	}
	s.Now = func() time.Time { return start.Add(kept + time.Second) }
	s.Take("v1", from(nil, gaugeOf("queue", number(9, "user", "new"))))
	if diff := cmp.Diff([]string{"v1 queue user=new = 9"}, told(s.View())); diff != "" {
		t.Errorf("what is old makes place (-want +got):\n%s", diff)
	}
}

// TestReplicasTogether: whichever replica a request reaches, deltas add up to all of them, and of totals the last one counts.
func TestReplicasTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := start
		stores := []*Store{newStore(), newStore(), newStore()}
		for _, s := range stores {
			s.Now = func() time.Time { return at }
		}
		parts := rapid.SliceOfN(rapid.Uint64Range(0, 100), 1, 20).Draw(t, "parts")
		var all uint64
		for _, n := range parts {
			all += n
			at = at.Add(time.Second)
			s := stores[rapid.IntRange(0, 2).Draw(t, "replica")]
			s.Take("v1", from(nil, sumOf("orders", delta, number(float64(n))), histogramOf("latency", delta, []float64{1}, n, 1)))
			s.Take("v2", from(nil, sumOf("orders", cumulative, number(float64(all)))))
		}
		views := make([]*peerv1.View, 3)
		for i, at := range rapid.Permutation([]int{0, 1, 2}).Draw(t, "order") {
			views[i] = &peerv1.View{Pushed: stores[at].View()}
		}
		got := Merge(views)
		want := []string{fmt.Sprintf("v1 latency = %v", all+uint64(len(parts))), fmt.Sprintf("v1 orders = %v", all), fmt.Sprintf("v2 orders = %v", all)}
		if diff := cmp.Diff(want, told(got)); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		if b := got[0].Buckets; b[0] != all || b[1] != uint64(len(parts)) {
			t.Fatalf("buckets %v", b)
		}
		if diff := cmp.Diff(got, Merge(views), protocmp.Transform()); diff != "" {
			t.Fatalf("merging has changed its input:\n%s", diff)
		}
	})
}
