package xdsserver

import (
	"strings"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

type metrics struct {
	streams prometheus.Gauge
	pushes  *prometheus.CounterVec
	bytes   *prometheus.CounterVec
	rejects *prometheus.CounterVec
}

func newMetrics() *metrics {
	return &metrics{
		streams: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "weft_xds_streams", Help: "Proxies connected to this replica.",
		}),
		pushes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weft_xds_pushes_total", Help: "Responses sent to proxies, by type of resource.",
		}, []string{"type"}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weft_xds_sent_bytes_total", Help: "Bytes of resources sent to proxies, by type of resource.",
		}, []string{"type"}),
		rejects: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weft_xds_rejects_total", Help: "Responses that proxies refused, by type of resource.",
		}, []string{"type"}),
	}
}

// Collectors returns the metrics of the server, to be registered once.
func (s *Server) Collectors() []prometheus.Collector {
	return []prometheus.Collector{s.metrics.streams, s.metrics.pushes, s.metrics.bytes, s.metrics.rejects}
}

func (m *metrics) pushed(r *discovery.DeltaDiscoveryResponse) {
	size := 0
	for _, resource := range r.GetResources() {
		size += len(resource.GetResource().GetValue())
	}
	m.pushes.WithLabelValues(short(r.GetTypeUrl())).Inc()
	m.bytes.WithLabelValues(short(r.GetTypeUrl())).Add(float64(size))
}

func (m *metrics) refused(url string) { m.rejects.WithLabelValues(short(url)).Inc() }

// short is the last part of the URL of a type that weft serves, else "other": no client makes up a label.
func short(url string) string {
	switch url {
	case xds.ClusterType, xds.EndpointType, xds.ListenerType, xds.RouteType, xds.FilterType:
		return url[strings.LastIndexByte(url, '.')+1:]
	}
	return "other"
}
