package xdsserver

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// backlog counts, whenever metrics are read, what waits on all connections.
type backlog struct {
	server *Server
	now    func() time.Time
}

var (
	queuedResponses = prometheus.NewDesc("weft_xds_queued_responses", "Responses that wait to be sent.", nil, nil)
	openResponses   = prometheus.NewDesc("weft_xds_unanswered_responses", "Responses that proxies have not answered.", nil, nil)
	openProxies     = prometheus.NewDesc("weft_xds_unanswered_proxies", "Proxies that have not answered a response.", nil, nil)
	oldestResponse  = prometheus.NewDesc("weft_xds_oldest_unanswered_seconds", "Age of the oldest response that a proxy has not answered, or 0.", nil, nil)
)

// Describe names the metrics.
func (b backlog) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(b, out) }

// Collect counts.
func (b backlog) Collect(out chan<- prometheus.Metric) {
	var queued, open, proxies, oldest int64
	b.server.mu.Lock()
	now := b.now().UnixNano()
	for c := range b.server.conns {
		queued += c.queued.Load()
		if n := c.open.Load(); n > 0 {
			open, proxies, oldest = open+n, proxies+1, max(oldest, now-c.oldest.Load())
		}
	}
	b.server.mu.Unlock()
	for desc, value := range map[*prometheus.Desc]float64{
		queuedResponses: float64(queued), openResponses: float64(open), openProxies: float64(proxies),
		oldestResponse: time.Duration(oldest).Seconds(),
	} {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value)
	}
}
