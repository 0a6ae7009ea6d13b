package rollout

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

const (
	defaultInterval = 30 * time.Second
	defaultFailures = 3
	readTimeout     = 10 * time.Second
)

// PodNames of both versions.
type PodNames struct{ Stable, Canary []string }

// Measure is a number to be read by HTTP. It is the same as long as its ID is.
type Measure struct {
	ID, Metric string
	// Canary is the URL of the new version's number; Stable that of the stable one, if it is compared.
	Canary, Stable string
	// Of, if it is there, makes both counters by pod: of events, and of what could have been one.
	Of string
	// Field is the way to the number in JSON. Without it, the answer is one of Prometheus.
	Field string
	// Post and PostStable, if they are there, are the bodies of a POST; without them it is a GET.
	Post, PostStable *Inquiry
	// Job, if it is there, is run instead of a call.
	Job *JobOrder
	// Push, if it is there, is read of what pods have pushed.
	Push    *Push
	Timeout time.Duration
}

// Reading is what became of a Measure.
type Reading struct {
	ID             string
	Canary, Stable float64
	// Pods are counters by pod, and Before those of the reading that was noted before.
	Pods, Before map[string]Totals
	// Passed and Said are the end of a Job that leaves no number.
	Passed bool
	Said   string
	// Problem is why there is no number; empty: there is one.
	Problem string
}

// measured are the metrics that are read now: while the new version has a share that proxies have acknowledged. At the step
// of weight 0 they are those that look at the new version alone: it gets copies, or requests of other people than the
// stable version does, so there is nothing to compare.
func (l *look) measured() []v1alpha1.CanaryMetric {
	weight, a := l.to.Weight, l.spec.Analysis
	if a == nil || l.to.Phase != v1alpha1.CanaryProgressing || weight == nil || weight.Desired == full ||
		l.to.AcknowledgedAt == nil || l.in.Conflict != "" || l.atStart() {
		return nil
	}
	if weight.Desired == 0 {
		return slices.DeleteFunc(slices.Clone(a.Metrics), func(m v1alpha1.CanaryMetric) bool { return m.MaxRatio != nil || tested(m) })
	}
	return a.Metrics
}

// measures are the readings that are due.
func (l *look) measures() []Measure {
	var out []Measure
	for _, m := range l.measured() {
		source, found := l.source(m)
		if due, ever := l.due(m); !found || !ever || l.in.Now.Before(due) {
			continue
		}
		q := Measure{ID: l.measureID(m), Metric: m.Name, Timeout: readTimeout}
		if m.Job != nil {
			q.Job = l.job(m)
			out = append(out, q)
			continue
		}
		if m.OTLP != nil {
			q.Push = &Push{Namespace: l.in.Canary.Namespace, Pods: l.in.Pods, Of: *m.OTLP, Stable: m.MaxRatio != nil}
			out = append(out, q)
			continue
		}
		if c := m.Counts; c != nil {
			both := append(slices.Clone(l.in.Pods.Canary), l.in.Pods.Stable...)
			ask := func(query string) string {
				to, _ := l.address(m, v1alpha1.MetricSource{Prometheus: &v1alpha1.PrometheusQuery{Address: c.Address, Query: query}}, "", both)
				return to
			}
			q.Canary, q.Of = ask(c.Events), ask(c.Of)
			out = append(out, q)
			continue
		}
		q.Canary, q.Field = l.address(m, source, newVersion, l.in.Pods.Canary)
		q.Post = l.inquiry(m, source, newVersion, l.in.Pods.Canary)
		if m.MaxRatio != nil {
			q.Stable, _ = l.address(m, source, stableVersion, l.in.Pods.Stable)
			q.PostStable = l.inquiry(m, source, stableVersion, l.in.Pods.Stable)
		}
		out = append(out, q)
	}
	return out
}

// source of a metric: its own, or one of the Mesh.
func (l *look) source(m v1alpha1.CanaryMetric) (v1alpha1.MetricSource, bool) {
	if m.Template == "" {
		return m.MetricSource, m.Prometheus != nil || m.HTTP != nil || m.Counts != nil || m.Job != nil || m.OTLP != nil
	}
	i := slices.IndexFunc(l.in.Templates, func(t v1alpha1.MetricTemplate) bool { return t.Name == m.Template })
	if i < 0 {
		return v1alpha1.MetricSource{}, false
	}
	return l.in.Templates[i].MetricSource, true
}

// address of one version's number, and the field in the answer.
func (l *look) address(m v1alpha1.CanaryMetric, source v1alpha1.MetricSource, version string, pods []string) (to, field string) {
	fill := func(text string, quote func(string) string) string {
		return strings.NewReplacer(
			"{{namespace}}", quote(l.in.Canary.Namespace),
			"{{service}}", quote(l.spec.Service.Name),
			"{{canary}}", quote(l.in.Canary.Name),
			"{{revision}}", quote(l.to.Run.Revision),
			"{{pods}}", quote(strings.Join(pods, "|")),
			"{{version}}", quote(version),
			"{{interval}}", quote(fmt.Sprintf("%ds", int(interval(m).Seconds()))),
		).Replace(text)
	}
	if p := source.Prometheus; p != nil {
		query := fill(p.Query, func(s string) string { return s })
		return strings.TrimRight(p.Address, "/") + "/api/v1/query?query=" + url.QueryEscape(query), ""
	}
	return fill(source.HTTP.URL, url.QueryEscape), source.HTTP.Field
}

func interval(m v1alpha1.CanaryMetric) time.Duration {
	if m.Interval != nil && m.Interval.Duration > 0 {
		return m.Interval.Duration
	}
	return defaultInterval
}

// due is when a metric is to be read again. A Job that has found something is not run again in the step.
func (l *look) due(m v1alpha1.CanaryMetric) (at time.Time, ever bool) {
	last := l.lastReading(m.Name)
	if last == nil {
		return l.to.AcknowledgedAt.Time, true
	}
	return last.Time.Add(interval(m)), m.Job == nil || last.State == v1alpha1.MetricNoData
}

// measureID changes with each reading that was noted, so none is noted twice.
func (l *look) measureID(m v1alpha1.CanaryMetric) string {
	last := l.to.AcknowledgedAt.Unix()
	if r := l.lastReading(m.Name); r != nil {
		last = r.Time.Unix()
	}
	return fmt.Sprintf("%s/%d/%s/%d", l.in.Canary.UID, l.to.Position.Sequence, m.Name, last)
}

func (l *look) lastReading(name string) *v1alpha1.MetricReading {
	for i := range l.to.Metrics {
		if l.to.Metrics[i].Name == name {
			return &l.to.Metrics[i]
		}
	}
	return nil
}
