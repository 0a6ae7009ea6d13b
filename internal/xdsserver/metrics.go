package xdsserver

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// reason is why a response is sent. It is a label.
type reason int

const (
	pushFirst   reason = iota // the proxy is on the way to its first whole set
	pushChange                // it has an older version or none
	pushRemoval               // it has what it should not
	pushResend                // it has this version and waits for it all the same
	pushUnknown               // it asked for what there is not
)

var reasons = [...]string{"first", "change", "removal", "resend", "unknown"}

// types are those that weft serves, and "" for those of requests that it ignores.
var types = []string{xds.ClusterType, xds.EndpointType, xds.ListenerType, xds.RouteType, xds.FilterType, ""}

type metrics struct {
	streams  prometheus.Gauge
	opened   prometheus.Counter
	asked    prometheus.Counter
	pushes   *prometheus.CounterVec
	bytes    *prometheus.CounterVec
	rejects  *prometheus.CounterVec
	converge *prometheus.HistogramVec

	byType         map[string]*typeMetrics // of the types
	initial, later prometheus.Observer     // of converge
}

// typeMetrics are looked up beforehand: a push allocates nothing.
type typeMetrics struct {
	pushes         [len(reasons)]prometheus.Counter
	bytes, rejects prometheus.Counter
}

func newMetrics() *metrics {
	m := &metrics{
		streams: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "weft_xds_streams", Help: "Proxies connected to this replica.",
		}),
		opened: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "weft_xds_streams_opened_total", Help: "Streams that proxies have opened.",
		}),
		asked: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "weft_xds_first_calls_total", Help: "Addresses out of their scope that proxies have asked for.",
		}),
		pushes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weft_xds_pushes_total", Help: "Responses sent to proxies, by type of resource and reason.",
		}, []string{"type", "reason"}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weft_xds_sent_bytes_total", Help: "Bytes of resources sent to proxies, by type of resource.",
		}, []string{"type"}),
		rejects: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weft_xds_rejects_total", Help: "Responses that proxies refused, by type of resource.",
		}, []string{"type"}),
		converge: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "weft_xds_convergence_seconds",
			Help:    "From a change that was seen, or a stream that was opened, to the acknowledgement of the whole set by a proxy.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120},
		}, []string{"after"}),
		byType: map[string]*typeMetrics{},
	}
	for _, url := range types {
		t := &typeMetrics{bytes: m.bytes.WithLabelValues(short(url)), rejects: m.rejects.WithLabelValues(short(url))}
		for i, reason := range reasons {
			t.pushes[i] = m.pushes.WithLabelValues(short(url), reason)
		}
		m.byType[url] = t
	}
	m.initial, m.later = m.converge.WithLabelValues("connect"), m.converge.WithLabelValues("change")
	return m
}

// Collectors returns the metrics of the server, to be registered once.
func (s *Server) Collectors() []prometheus.Collector {
	m := s.metrics
	return []prometheus.Collector{m.streams, m.opened, m.asked, m.pushes, m.bytes, m.rejects, m.converge, backlog{s, time.Now}}
}

// of returns the metrics of a type: no client makes up a label.
func (m *metrics) of(url string) *typeMetrics {
	if t := m.byType[url]; t != nil {
		return t
	}
	return m.byType[""]
}

func (m *metrics) pushed(url string, why reason, size int) {
	t := m.of(url)
	t.pushes[why].Inc()
	t.bytes.Add(float64(size))
}

func (m *metrics) refused(url string) { m.of(url).rejects.Inc() }

func (m *metrics) converged(synced bool, took time.Duration) {
	if synced {
		m.later.Observe(took.Seconds())
	} else {
		m.initial.Observe(took.Seconds())
	}
}

// short is the last part of the URL of a type.
func short(url string) string {
	if url == "" {
		return "other"
	}
	return url[strings.LastIndexByte(url, '.')+1:]
}
