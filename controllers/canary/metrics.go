package canary

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/leader"
	"github.com/weft-mesh/weft/internal/rollout"
)

// Metrics of Canaries. Only the leader counts and has gauges: a sum over the replicas counts nothing twice.
type Metrics struct {
	reader client.Reader
	term   *leader.Term
	weight *prometheus.Desc
	paused *prometheus.Desc
	events *prometheus.CounterVec
	calls  *prometheus.CounterVec
	alerts *prometheus.CounterVec
}

// NewMetrics registers them. Weights are read from the reader when they are collected.
func NewMetrics(r prometheus.Registerer, reader client.Reader, term *leader.Term) *Metrics {
	m := &Metrics{
		reader: reader, term: term,
		weight: prometheus.NewDesc("weft_canary_weight",
			"Share of the new version in percent: as decided, as confirmed by the least advanced proxy, as measured.",
			[]string{"namespace", "canary", "kind"}, nil),
		paused: prometheus.NewDesc("weft_canary_paused", "1 while the run is paused.", []string{"namespace", "canary"}, nil),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weft_canary_transitions_total", Help: "What happened to Canaries, by the reason of its Event.",
		}, []string{"namespace", "canary", "reason"}),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weft_canary_webhook_calls_total", Help: "Calls of webhooks that ended, by what they gave.",
		}, []string{"result"}),
		alerts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "weft_alerts_total", Help: "Messages to chats, by what became of them.",
		}, []string{"alert", "result"}),
	}
	r.MustRegister(m, m.events, m.calls, m.alerts)
	return m
}

// Describe is for Prometheus.
func (m *Metrics) Describe(out chan<- *prometheus.Desc) {
	out <- m.weight
	out <- m.paused
}

// Collect tells the weights of all Canaries that have one.
func (m *Metrics) Collect(out chan<- prometheus.Metric) {
	if _, leads := m.term.Context(); !leads {
		return
	}
	all := &v1alpha1.CanaryList{}
	if m.reader.List(context.Background(), all) != nil {
		return
	}
	for _, c := range all.Items {
		w := c.Status.Weight
		if w == nil {
			continue
		}
		gauge := func(kind string, value float64) {
			out <- prometheus.MustNewConstMetric(m.weight, prometheus.GaugeValue, value, c.Namespace, c.Name, kind)
		}
		gauge("desired", float64(w.Desired))
		gauge("acknowledged", float64(w.Acknowledged))
		if w.Observed != nil {
			gauge("observed", w.Observed.AsApproximateFloat64())
		}
		paused := 0.0
		if c.Status.Pause != nil {
			paused = 1
		}
		out <- prometheus.MustNewConstMetric(m.paused, prometheus.GaugeValue, paused, c.Namespace, c.Name)
	}
}

// happened counts events of one Canary.
func (m *Metrics) happened(key client.ObjectKey, events []rollout.Event) {
	for _, e := range events {
		m.events.WithLabelValues(key.Namespace, key.Name, e.Reason).Inc()
	}
}

// gone forgets the counts of a Canary that was deleted.
func (m *Metrics) gone(key client.ObjectKey) {
	m.events.DeletePartialMatch(prometheus.Labels{"namespace": key.Namespace, "canary": key.Name})
}

// Called counts a call of a webhook.
func (m *Metrics) Called(a rollout.Answer, err error) {
	result := "refused"
	switch {
	case err != nil:
		result = "failed"
	case a.Open:
		result = "agreed"
	}
	m.calls.WithLabelValues(result).Inc()
}

// Alerted counts a message of an alert.
func (m *Metrics) Alerted(alert, result string) { m.alerts.WithLabelValues(alert, result).Inc() }
