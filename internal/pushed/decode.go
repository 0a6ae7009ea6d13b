package pushed

import (
	"math"
	"slices"
	"strconv"
	"strings"

	common "go.opentelemetry.io/proto/otlp/common/v1"
	otlp "go.opentelemetry.io/proto/otlp/metrics/v1"

	"github.com/weft-mesh/weft/internal/protocol/peerv1"
)

const (
	// longestID bounds the attributes of a data point, and what tells processes apart.
	longestID = 1024
	// mostBuckets bounds a histogram.
	mostBuckets = 128
)

// point is one data point. Delta says that it has only what was added since the one before.
type point struct {
	series *peerv1.Series
	delta  bool
}

// decode takes the points out of a resource's metrics whose names are wanted. They have no pod yet.
func decode(in *otlp.ResourceMetrics, wanted map[string]bool) (out []point) {
	process := text(in.GetResource().GetAttributes(), "service.namespace", "service.name", "service.instance.id", "k8s.container.name")
	for _, scope := range in.GetScopeMetrics() {
		for _, m := range scope.GetMetrics() {
			if !wanted[m.GetName()] {
				continue
			}
			for _, p := range points(m) {
				p.series.Resource, p.series.Metric = process+"\x1f"+scope.GetScope().GetName(), m.GetName()
				if len(p.series.Resource)+len(strings.Join(p.series.Attributes, "")) <= longestID {
					out = append(out, p)
				}
			}
		}
	}
	return out
}

func points(m *otlp.Metric) (out []point) {
	switch data := m.GetData().(type) {
	case *otlp.Metric_Gauge:
		for _, d := range data.Gauge.GetDataPoints() {
			out = appendNumber(out, d, gauge, false)
		}
	case *otlp.Metric_Sum:
		kind, delta := temporality(data.Sum.GetAggregationTemporality())
		switch {
		case !data.Sum.GetIsMonotonic() && delta || kind == peerv1.Series_KIND_UNSPECIFIED:
			return nil
		case !data.Sum.GetIsMonotonic():
			kind = gauge
		}
		for _, d := range data.Sum.GetDataPoints() {
			out = appendNumber(out, d, kind, delta)
		}
	case *otlp.Metric_Histogram:
		kind, delta := temporality(data.Histogram.GetAggregationTemporality())
		for _, d := range data.Histogram.GetDataPoints() {
			bounds, buckets := d.GetExplicitBounds(), d.GetBucketCounts()
			if kind == peerv1.Series_KIND_UNSPECIFIED || unrecorded(d.GetFlags()) || len(bounds) > mostBuckets || len(buckets) > 0 && len(buckets) != len(bounds)+1 {
				continue
			}
			if len(buckets) == 0 {
				bounds = nil
			}
			out = append(out, point{delta: delta, series: &peerv1.Series{
				Kind: kind, StartedAtUnixNanos: nanos(d.GetStartTimeUnixNano()), Attributes: pairs(d.GetAttributes()),
				Value: float64(d.GetCount()), Bounds: bounds, Buckets: buckets,
			}})
		}
	}
	return out
}

func appendNumber(out []point, d *otlp.NumberDataPoint, kind peerv1.Series_Kind, delta bool) []point {
	value := d.GetAsDouble()
	if n, is := d.GetValue().(*otlp.NumberDataPoint_AsInt); is {
		value = float64(n.AsInt)
	}
	if unrecorded(d.GetFlags()) || math.IsNaN(value) || math.IsInf(value, 0) || kind != gauge && value < 0 {
		return out
	}
	return append(out, point{delta: delta, series: &peerv1.Series{
		Kind: kind, StartedAtUnixNanos: nanos(d.GetStartTimeUnixNano()), Attributes: pairs(d.GetAttributes()), Value: value,
	}})
}

func temporality(t otlp.AggregationTemporality) (kind peerv1.Series_Kind, delta bool) {
	switch t {
	case otlp.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE:
		return total, false
	case otlp.AggregationTemporality_AGGREGATION_TEMPORALITY_DELTA:
		return added, true
	}
	return peerv1.Series_KIND_UNSPECIFIED, false
}

func unrecorded(flags uint32) bool {
	return flags&uint32(otlp.DataPointFlags_DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK) != 0
}

func nanos(t uint64) int64 { return int64(min(t, math.MaxInt64)) }

// pairs are attributes as NAME=VALUE, sorted.
func pairs(attributes []*common.KeyValue) (out []string) {
	for _, a := range attributes {
		out = append(out, a.GetKey()+"="+plain(a.GetValue()))
	}
	slices.Sort(out)
	return out
}

// text has the values of some attributes.
func text(attributes []*common.KeyValue, names ...string) string {
	values := make([]string, len(names))
	for _, a := range attributes {
		if i := slices.Index(names, a.GetKey()); i >= 0 {
			values[i] = plain(a.GetValue())
		}
	}
	return strings.Join(values, "\x1f")
}

func plain(v *common.AnyValue) string {
	switch v := v.GetValue().(type) {
	case *common.AnyValue_StringValue:
		return v.StringValue
	case *common.AnyValue_BoolValue:
		return strconv.FormatBool(v.BoolValue)
	case *common.AnyValue_IntValue:
		return strconv.FormatInt(v.IntValue, 10)
	case *common.AnyValue_DoubleValue:
		return strconv.FormatFloat(v.DoubleValue, 'g', -1, 64)
	}
	return ""
}
