package mesh

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// Metrics count what is made again. Equal inputs make nothing.
type Metrics struct {
	builds prometheus.Histogram
	parts  *prometheus.CounterVec
	last   xds.Work
}

// NewMetrics registers the metrics of the builds.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		builds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "weft_build_seconds",
			Help:    "Time of one build of the whole world.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}),
		parts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weft_build_parts_total",
			Help: "Parts of configurations that were made again because what they are made of has changed.",
		}, []string{"part"}),
	}
	r.MustRegister(m.builds, m.parts)
	m.made(xds.Work{})
	return m
}

func (m *Metrics) built(took time.Duration) { m.builds.Observe(took.Seconds()) }

func (m *Metrics) made(now xds.Work) {
	m.parts.WithLabelValues("port").Add(float64(now.Ports - m.last.Ports))
	m.parts.WithLabelValues("workload").Add(float64(now.Workloads - m.last.Workloads))
	m.parts.WithLabelValues("endpoints").Add(float64(now.Endpoints - m.last.Endpoints))
	m.last = now
}
